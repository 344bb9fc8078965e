package org.impetusmta.core.kernel;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.console.Console;
import org.impetusmta.api.reception.Reception;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.core.log.ComponentLog;
import org.impetusmta.core.queue.MailQueues;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/** The services that the server consists of, and why one of them is not there. Concurrent. */
final class Services {
  private final BundleContext context;
  private final ComponentLog componentLog;

  Services(BundleContext context, ComponentLog componentLog) {
    this.context = context;
    this.componentLog = componentLog;
  }

  /** The service if it is there. */
  <T> Optional<T> find(Class<T> type) {
    ServiceReference<T> reference = context.getServiceReference(type);
    return reference == null
        ? Optional.empty()
        : Optional.ofNullable(context.getService(reference));
  }

  /**
   * The service.
   *
   * @throws ConfigException when it is not there, with the reason that its component failed for
   */
  <T> T require(Class<T> type) throws ConfigException {
    componentLog.forget();
    Optional<T> service = find(type);
    if (service.isEmpty()) {
      Optional<Throwable> failure = componentLog.failure();
      if (failure.isPresent()) {
        throw new ConfigException(ComponentLog.reason(failure.get()), failure.get());
      }
      throw new ConfigException(
          "no bundle provides " + type.getSimpleName() + "; is one missing in bundles/?");
    }
    return service.get();
  }

  /** Checks that everything without which no mail flows is there. */
  void requireAll() throws ConfigException {
    for (Class<?> type :
        List.of(Scheduler.class, Spool.class, MailQueues.class, Reception.class, Console.class)) {
      require(type);
    }
  }

  <T> Collection<ServiceReference<T>> references(Class<T> type) {
    try {
      return context.getServiceReferences(type, null);
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
