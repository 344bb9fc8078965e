package org.impetusmta.core.route;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * How one address fares: when a connection to it last failed, how long connecting and delivering
 * take on average. Shared by all routes that lead to it; forgotten {@code address_metrics_lifetime}
 * after the last measurement. Concurrent; the averages are estimates and may lose an update.
 */
public final class Host {
  /** This machine, for delivery methods that need no other. */
  public static final Host HERE =
      new Host(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));

  private static final double WEIGHT = 0.125;

  private final InetSocketAddress address;
  private volatile long failedMillis;
  private volatile double connectMillis;
  private volatile double deliveryMillis;

  /** When anything was measured last; 0: nothing is known. */
  private volatile long measuredMillis;

  Host(InetSocketAddress address) {
    this.address = address;
  }

  public InetSocketAddress address() {
    return address;
  }

  /** The address as text, without port. */
  public String text() {
    return address.getAddress().getHostAddress();
  }

  /** When it last failed, milliseconds since 1970; 0: not since it last worked. */
  public long failedMillis() {
    return failedMillis;
  }

  /** Whether it may be tried. */
  public boolean usable(long now, long retryMillis) {
    long failed = failedMillis;
    return failed == 0 || now - failed >= retryMillis;
  }

  /** A connection failed. */
  public void failed(long now) {
    measuredMillis = now;
    failedMillis = Math.max(1, now);
  }

  /** Forgets the failure: an operator wants it tried. */
  public void forgive() {
    failedMillis = 0;
  }

  /** A connection was established after {@code millis}. */
  public void connected(double millis, long now) {
    measuredMillis = now;
    failedMillis = 0;
    connectMillis = average(connectMillis, millis);
  }

  /** A message was taken after {@code millis}. */
  public void delivered(double millis, long now) {
    measuredMillis = now;
    deliveryMillis = average(deliveryMillis, millis);
  }

  /** Forgets what was measured, if nothing was since {@code before}; whether it did. */
  boolean forget(long before) {
    long last = measuredMillis;
    if (last == 0 || last >= before) {
      return false;
    }
    measuredMillis = 0;
    failedMillis = 0;
    connectMillis = 0;
    deliveryMillis = 0;
    return true;
  }

  /** The decayed average time to connect. */
  public double connectMillis() {
    return connectMillis;
  }

  /** The decayed average time that a message takes. */
  public double deliveryMillis() {
    return deliveryMillis;
  }

  private static double average(double before, double now) {
    return before == 0 ? now : before + WEIGHT * (now - before);
  }
}
