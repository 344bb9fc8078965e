package org.impetusmta.module.inbound_audit;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.impetusmta.api.config.Cidr;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.reception.AcceptConstruct;
import org.impetusmta.audit.AddressGauge;
import org.jspecify.annotations.Nullable;

/** Connections that are open, by service and address. Concurrent. */
final class OpenSessions {
  /** What counts all services. */
  private static final String ALL = "inbound_cidr";

  private final Map<MessageId, Counted> sessions = new ConcurrentHashMap<>();
  private final Map<String, AddressGauge> services = new ConcurrentHashMap<>();

  /** A session, of its service and of all. */
  private record Counted(AddressGauge.Ticket own, AddressGauge.Ticket all) {}

  void opened(AcceptConstruct connection, Cidr address) {
    sessions.put(
        connection.id(),
        new Counted(gauge(connection.protocol()).open(address), gauge(ALL).open(address)));
  }

  void closed(AcceptConstruct connection) {
    Counted counted = sessions.remove(connection.id());
    if (counted != null) {
      counted.own().close();
      counted.all().close();
    }
  }

  private AddressGauge gauge(String service) {
    return services.computeIfAbsent(service, _ -> new AddressGauge());
  }

  /**
   * How many there are.
   *
   * @param service in any case; {@code SMTP} is the protocol esmtp
   */
  long count(String service, Cidr block) {
    String lower = service.toLowerCase(Locale.ROOT);
    @Nullable AddressGauge gauge = services.get(lower.equals("smtp") ? "esmtp" : lower);
    return gauge == null ? 0 : gauge.count(block);
  }
}
