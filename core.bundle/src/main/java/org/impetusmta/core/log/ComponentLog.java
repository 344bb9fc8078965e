package org.impetusmta.core.log;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.AccessDeniedException;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;

/**
 * The OSGi log (chapter 101 of the OSGi Compendium), into which Declarative Services reports why a
 * component could not be made; it tells its caller only that. Keeps the first such reason of each
 * thread, for whoever asked for the component, and passes on to SLF4J what nobody will be told
 * otherwise. Concurrent.
 */
public final class ComponentLog implements LoggerFactory {
  @SuppressWarnings("ThreadLocalUsage") // of one framework, of which a process may have several
  private final ThreadLocal<@Nullable Throwable> failure = new ThreadLocal<>();

  /** Forgets what happened on this thread, before a component is asked for. */
  public void forget() {
    failure.remove();
  }

  /** Why a component that this thread asked for could not be made. */
  public Optional<Throwable> failure() {
    return Optional.ofNullable(failure.get());
  }

  @Override
  public Logger getLogger(String name) {
    return getLogger(name, Logger.class);
  }

  @Override
  public Logger getLogger(Class<?> type) {
    return getLogger(type.getName(), Logger.class);
  }

  @Override
  public <L extends Logger> L getLogger(Class<?> type, Class<L> loggerType) {
    return getLogger(type.getName(), loggerType);
  }

  @Override
  public <L extends Logger> L getLogger(Bundle bundle, String name, Class<L> loggerType) {
    return getLogger(name, loggerType);
  }

  @Override
  public <L extends Logger> L getLogger(String name, Class<L> loggerType) {
    InvocationHandler handler = new Methods(name);
    return loggerType.cast(
        Proxy.newProxyInstance(
            ComponentLog.class.getClassLoader(), new Class<?>[] {loggerType}, handler));
  }

  /** The forty methods of a logger, which differ in level and number of arguments only. */
  private final class Methods implements InvocationHandler {
    private final org.slf4j.Logger log;

    Methods(String name) {
      this.log = org.slf4j.LoggerFactory.getLogger(name);
    }

    @Override
    public @Nullable Object invoke(
        Object proxy, Method method, @Nullable Object @Nullable [] arguments) {
      String name = method.getName();
      return switch (name) {
        case "getName", "toString" -> log.getName();
        case "hashCode" -> System.identityHashCode(proxy);
        case "equals" -> arguments != null && proxy == arguments[0];
        case "isErrorEnabled" -> true;
        case "isWarnEnabled" -> log.isWarnEnabled();
        case "isInfoEnabled" -> log.isInfoEnabled();
        case "isDebugEnabled", "isTraceEnabled" -> log.isTraceEnabled();
        default -> {
          if (arguments != null && arguments.length > 0) {
            report(name, String.valueOf(arguments[0]), thrown(arguments));
          }
          yield null;
        }
      };
    }

    private void report(String level, String text, @Nullable Throwable thrown) {
      if (level.equals("error") && thrown != null) {
        if (failure.get() == null) {
          failure.set(thrown);
        }
        if (isAnswered(thrown)) {
          log.debug("{}", text, thrown);
        } else {
          log.error("{}", text, thrown);
        }
      } else if (level.equals("error") || level.equals("warn")) {
        // what follows from a failure: a line for each component that waits for the one that failed
        log.debug("{}", text, thrown);
      } else {
        log.trace("{}", text, thrown);
      }
    }
  }

  /** What a failure says: the message of the operator's mistake, or else of its deepest cause. */
  public static String reason(Throwable failure) {
    Throwable deepest = failure;
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof ConfigException && t.getMessage() != null) {
        return t.getMessage();
      }
      deepest = t.getMessage() == null ? deepest : t;
    }
    if (deepest instanceof AccessDeniedException denied) {
      return "permission denied: " + denied.getFile();
    }
    boolean speaks = deepest instanceof IOException || deepest instanceof IllegalStateException;
    return speaks && deepest.getMessage() != null ? deepest.getMessage() : deepest.toString();
  }

  private static @Nullable Throwable thrown(@Nullable Object[] arguments) {
    Object last = arguments[arguments.length - 1];
    if (last instanceof Object[] more) {
      last = more.length == 0 ? null : more[more.length - 1];
    }
    return last instanceof Throwable thrown ? thrown : null;
  }

  /**
   * Whether whoever asked gets the reason as an answer: it is the operator's to mend, no defect.
   */
  private static boolean isAnswered(Throwable thrown) {
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      if (t instanceof ConfigException
          || t instanceof IOException
          || t instanceof UncheckedIOException) {
        return true;
      }
    }
    return false;
  }
}
