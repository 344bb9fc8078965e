package org.impetusmta.core.auth;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import org.impetusmta.api.config.Cidr;
import org.impetusmta.api.config.Rate;

/**
 * Counts failed attempts by the client's address, of IPv6 by its /64. At most {@value #MOST}
 * addresses are known; the one that failed longest ago is forgotten for a new one. Concurrent;
 * asked once for each AUTH, never for mail.
 */
final class FailedAttempts {
  static final int MOST = 20_000;

  private final InstantSource clock;

  /** Guarded by this. */
  private final LinkedHashMap<Cidr, Window> windows = new LinkedHashMap<>(16, 0.75f, true);

  /** Failures since {@code from}, milliseconds since 1970. */
  private record Window(long from, int failures) {}

  FailedAttempts(InstantSource clock) {
    this.clock = clock;
  }

  /** Whether it has failed as often as {@code limit} says, within its seconds. */
  synchronized boolean barred(InetAddress address, Rate limit) {
    if (limit.unlimited()) {
      return false;
    }
    Window window = windows.get(key(address));
    return window != null && !isOver(window, limit) && window.failures >= limit.count();
  }

  synchronized void failed(InetAddress address, Rate limit) {
    Cidr key = key(address);
    Window before = windows.get(key);
    windows.put(
        key,
        before == null || isOver(before, limit)
            ? new Window(clock.millis(), 1)
            : new Window(before.from, before.failures + 1));
    if (windows.size() > MOST) {
      Map.Entry<Cidr, Window> oldest = windows.firstEntry();
      windows.remove(oldest.getKey());
    }
  }

  private boolean isOver(Window window, Rate limit) {
    long age = clock.millis() - window.from;
    return age < 0 || age >= limit.seconds() * 1000L;
  }

  private static Cidr key(InetAddress address) {
    Cidr host = Cidr.of(address);
    return address instanceof Inet6Address && host.ipv6()
        ? new Cidr(true, host.high(), host.low(), 64)
        : host;
  }

  /** How many addresses are known. */
  synchronized int size() {
    return windows.size();
  }
}
