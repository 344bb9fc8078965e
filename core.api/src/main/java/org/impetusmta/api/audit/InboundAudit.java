package org.impetusmta.api.audit;

import java.util.List;
import org.impetusmta.api.config.Cidr;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What clients did, by address, in the monitors of inbound_audit; an OSGi service of that module.
 * Concurrent; never blocks. Source: lua.ref.msys.audit, sieve.ref.ec_ip_connections.
 */
@ProviderType
public interface InboundAudit {
  /** The monitors as they are configured, {@code 300,6}, in order. */
  List<String> monitors();

  /**
   * How often it happened for all of a block.
   *
   * @param monitor as configured
   * @param first the first window, 0 is the current one
   * @param last the last window, inclusive
   * @param cluster whether to count what other nodes told of too
   * @throws IllegalArgumentException for a monitor or windows that there are not
   */
  long count(Event event, String monitor, Cidr block, int first, int last, boolean cluster);

  /** The same for the current window, weighted with the one before; see {@link Series#estimate}. */
  double estimate(Event event, String monitor, Cidr block, boolean cluster);

  /** Takes what another node counted. */
  void merge(Event event, Cidr address, long delta);

  /**
   * Connections that are open now, from all of a block.
   *
   * @param service {@code SMTP}, {@code ECStream}, {@code Control}, … in any case; {@code
   *     inbound_cidr}: of all
   */
  long sessions(String service, Cidr block);

  /** What is counted. */
  enum Event {
    CONNECTION("Connections"),
    RECEPTION("Receptions"),
    REJECTION("Rejections");

    private final String text;

    Event(String text) {
      this.text = text;
    }

    /** The word that the console has for it. */
    public String text() {
      return text;
    }
  }
}
