package org.impetusmta.core.queue;

import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Pattern;
import org.impetusmta.api.config.Cidr;

/**
 * A value of {@code bind_address}: {@code *}, an IPv4 or IPv6 address, or the name of a host that
 * has it. Immutable. Source: conf.ref.bind_address.
 *
 * @param address empty: any, or what the name stands for
 * @param name the host; empty where it is none
 */
record BindAddress(Optional<InetAddress> address, String name) {
  /** The kernel chooses. */
  static final BindAddress ANY = new BindAddress(Optional.empty(), "");

  private static final Pattern NAME =
      Pattern.compile("(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?");

  /**
   * Reads it.
   *
   * @throws IllegalArgumentException when it is none; the message says what is wrong
   */
  static BindAddress parse(String text) {
    if (text.equals("*")) {
      return ANY;
    }
    String literal =
        text.length() > 2 && text.startsWith("[") && text.endsWith("]")
            ? text.substring(1, text.length() - 1)
            : text;
    boolean six = literal.indexOf(':') >= 0;
    if (six || text.matches("[0-9.]+")) {
      try {
        if (!six) {
          Cidr.parse(literal); // four numbers, no short forms
        }
        InetAddress address = InetAddress.ofLiteral(literal);
        return address.isAnyLocalAddress() ? ANY : new BindAddress(Optional.of(address), "");
      } catch (IllegalArgumentException _) {
        throw bad(text);
      }
    }
    if (!NAME.matcher(text).matches()) {
      throw bad(text);
    }
    return new BindAddress(Optional.empty(), text);
  }

  private static IllegalArgumentException bad(String text) {
    return new IllegalArgumentException(
        "\"" + text + "\" is not *, an IPv4 or IPv6 address, or a host name");
  }

  boolean any() {
    return address.isEmpty() && name.isEmpty();
  }
}
