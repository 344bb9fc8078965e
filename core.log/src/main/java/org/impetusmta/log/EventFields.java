package org.impetusmta.log;

import java.util.Optional;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Message;

/**
 * What events have in common, whatever happened; empty text where an event has none of it. A
 * rejection has no message: its envelope is what the dictionary of the transaction says. None.
 */
final class EventFields {
  private EventFields() {}

  static Optional<Message> message(LogEvent event) {
    return switch (event) {
      case LogEvent.Reception e -> Optional.of(e.message());
      case LogEvent.Delivery e -> Optional.of(e.message());
      case LogEvent.Failure e -> Optional.of(e.message());
      case LogEvent.OutOfBandBounce e -> Optional.of(e.message());
      default -> Optional.empty();
    };
  }

  /** What it carries, where it is there. */
  static Optional<Body> body(LogEvent event) {
    try {
      return message(event).map(Message::body);
    } catch (IllegalStateException e) {
      return Optional.empty(); // gone from the spool already
    }
  }

  static String ofMessage(LogEvent event, String key) {
    if (event instanceof LogEvent.Rejection rejection) {
      return rejection.messageContext().getOrDefault(key, "");
    }
    Optional<Message> message = message(event);
    return message.isEmpty() ? "" : message.get().context().get(key).orElse("");
  }

  static String ofConnection(LogEvent event, String key) {
    if (event instanceof LogEvent.Rejection rejection) {
      return rejection.connectionContext().getOrDefault(key, "");
    }
    Optional<Message> message = message(event);
    return message.isEmpty() ? "" : message.get().connectionContext().get(key).orElse("");
  }

  static String senderLocalpart(LogEvent event) {
    Optional<Message> message = message(event);
    return message.isPresent()
        ? message.get().sender().localpart()
        : ofMessage(event, "mailfrom_localpart");
  }

  static String senderDomain(LogEvent event) {
    Optional<Message> message = message(event);
    return message.isPresent()
        ? message.get().sender().domain()
        : ofMessage(event, "mailfrom_domain");
  }

  static String recipientLocalpart(LogEvent event) {
    Optional<Message> message = message(event);
    return message.isPresent()
        ? message.get().recipient().localpart()
        : ofMessage(event, "rcptto_localpart");
  }

  static String recipientDomain(LogEvent event) {
    Optional<Message> message = message(event);
    return message.isPresent()
        ? message.get().recipient().domain()
        : ofMessage(event, "rcptto_domain");
  }

  static String protocol(LogEvent event) {
    Optional<Message> message = message(event);
    return message.isPresent() ? message.get().protocol() : "unknown";
  }

  static String binding(LogEvent event) {
    return switch (event) {
      case LogEvent.Reception e -> e.binding();
      case LogEvent.Delivery e -> e.binding();
      case LogEvent.Failure e -> e.binding();
      case LogEvent.OutOfBandBounce e -> e.binding();
      default -> "";
    };
  }

  static String bindingGroup(LogEvent event) {
    return switch (event) {
      case LogEvent.Reception e -> e.bindingGroup();
      case LogEvent.Delivery e -> e.bindingGroup();
      case LogEvent.Failure e -> e.bindingGroup();
      case LogEvent.OutOfBandBounce e -> e.bindingGroup();
      default -> "";
    };
  }

  /** The domain whose queue it is in, or will be. */
  static String routingDomain(LogEvent event) {
    return switch (event) {
      case LogEvent.Reception e -> e.message().recipient().routingDomain();
      case LogEvent.OutOfBandBounce e -> e.message().recipient().routingDomain();
      case LogEvent.Delivery e -> e.routingDomain();
      case LogEvent.Failure e -> e.routingDomain();
      default -> ofMessage(event, "rcptto_domain");
    };
  }

  /** The server of an attempt. */
  static String nextHost(LogEvent event) {
    return switch (event) {
      case LogEvent.Delivery e -> e.remoteAddress();
      case LogEvent.Failure e -> e.remoteAddress().orElse("");
      default -> "";
    };
  }

  /** The client of a reception, the server of an attempt. */
  static String remoteAddress(LogEvent event) {
    return switch (event) {
      case LogEvent.Reception e -> e.message().sourceAddress();
      case LogEvent.OutOfBandBounce e -> e.message().sourceAddress();
      case LogEvent.Rejection e -> withoutPort(e.remote());
      default -> nextHost(event);
    };
  }

  /** The client that the message, or the attempt to bring one, came from. */
  static String client(LogEvent event) {
    Optional<Message> message = message(event);
    return message.isPresent() ? message.get().sourceAddress() : remoteAddress(event);
  }

  /** {@code 10.0.0.1:25} or {@code [::1]:25} without port and brackets. */
  static String withoutPort(String remote) {
    if (remote.startsWith("[")) {
      int end = remote.indexOf(']');
      return end < 0 ? remote : remote.substring(1, end);
    }
    int colon = remote.indexOf(':');
    return colon >= 0 && colon == remote.lastIndexOf(':') ? remote.substring(0, colon) : remote;
  }

  static int attempts(LogEvent event) {
    return switch (event) {
      case LogEvent.Delivery e -> e.retries();
      case LogEvent.Failure e -> e.retries();
      default -> 0;
    };
  }

  /** What the server of an attempt said; why reception refused. */
  static String note(LogEvent event) {
    return switch (event) {
      case LogEvent.Delivery e -> e.reply().toString();
      case LogEvent.Failure e -> e.reply().toString();
      case LogEvent.Rejection e -> e.reason();
      default -> "";
    };
  }

  static String pathway(LogEvent event) {
    if (event instanceof LogEvent.Rejection rejection) {
      return rejection.pathway();
    }
    String ofMessage = ofMessage(event, "pathway");
    String pathway = ofMessage.isEmpty() ? ofConnection(event, "pathway") : ofMessage;
    return pathway.isEmpty() ? "default" : pathway;
  }

  /** What AUTH set in the dictionary of the connection, where it succeeded. */
  static String authenticated(LogEvent event, String key) {
    return ofConnection(event, "auth_status").equals("pass") ? ofConnection(event, key) : "";
  }

  /** Microseconds since reception; a clock that was set back makes no negative times. */
  static long queueMicros(LogEvent event) {
    Optional<Message> message = message(event);
    return message.isEmpty()
        ? 0
        : Math.max(0, event.timeMicros() - message.get().receivedMillis() * 1000);
  }
}
