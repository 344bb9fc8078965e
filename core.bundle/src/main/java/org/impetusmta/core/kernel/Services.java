package org.impetusmta.core.kernel;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.console.Console;
import org.impetusmta.api.reception.Reception;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.core.queue.MailQueues;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;

/** The services that the server consists of, and why one of them is not there. Concurrent. */
final class Services {
  private final BundleContext context;

  Services(BundleContext context) {
    this.context = context;
  }

  /** The service if it is there. */
  <T> Optional<T> find(Class<T> type) {
    ServiceReference<T> reference = context.getServiceReference(type);
    return reference == null ? Optional.empty() : Optional.ofNullable(context.getService(reference));
  }

  /**
   * The service.
   *
   * @throws ConfigException when it is not there, with the reason that its component failed for
   */
  <T> T require(Class<T> type) throws ConfigException {
    Optional<T> service = find(type);
    if (service.isEmpty()) {
      throw new ConfigException(
          failure().orElse("no bundle provides " + type.getSimpleName() + "; is one missing in bundles/?"));
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

  /** The first line of the deepest cause of the first component that failed. */
  private Optional<String> failure() {
    Optional<ServiceComponentRuntime> runtime = find(ServiceComponentRuntime.class);
    if (runtime.isEmpty()) {
      return Optional.of("the SCR bundle does not run");
    }
    for (ComponentDescriptionDTO component : runtime.get().getComponentDescriptionDTOs()) {
      for (ComponentConfigurationDTO state : runtime.get().getComponentConfigurationDTOs(component)) {
        if (state.state == ComponentConfigurationDTO.FAILED_ACTIVATION && state.failure != null) {
          return Optional.of(firstCause(state.failure));
        }
      }
    }
    return Optional.empty();
  }

  /** Out of a stack trace as text: what the last "Caused by" says, without the exception's class. */
  private static String firstCause(String trace) {
    String found = trace.lines().findFirst().orElse(trace);
    for (String line : trace.lines().toList()) {
      if (line.startsWith("Caused by: ")) {
        found = line.substring("Caused by: ".length());
      }
    }
    int colon = found.indexOf(": ");
    return colon > 0 && found.substring(0, colon).matches("[\\w.$]+") ? found.substring(colon + 2) : found;
  }
}
