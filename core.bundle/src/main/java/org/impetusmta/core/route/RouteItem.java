package org.impetusmta.core.route;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import org.impetusmta.api.message.AsciiDomain;

/**
 * One item of the option {@code routes}: a host or address, {@code smtp://host?pref=P&ttl=T&port=O
 * &type=mx|a}, or {@code __mx__}, the hosts that the DNS names for the domain. Immutable. Source:
 * conf.ref.routes.
 *
 * @param kind what is looked up for the name
 * @param name in lower case; an address without brackets; empty for {@link Kind#OWN_MX}
 * @param port 0: that of {@code remote_smtp_port}
 */
record RouteItem(Kind kind, String name, int port, OptionalInt preference, OptionalInt ttl) {
  private static final String OWN = "__mx__";
  private static final String SCHEME = "smtp://";

  /** What is looked up. */
  enum Kind {
    HOST,
    MX,
    OWN_MX
  }

  /**
   * Reads a whole list.
   *
   * @throws IllegalArgumentException when an item is none; the message says what was found
   */
  static List<RouteItem> parse(List<String> items) {
    List<RouteItem> all = new ArrayList<>();
    for (String item : items) {
      all.add(parse(item.trim()));
    }
    return List.copyOf(all);
  }

  private static RouteItem parse(String text) {
    if (text.equalsIgnoreCase(OWN)) {
      return new RouteItem(Kind.OWN_MX, "", 0, OptionalInt.empty(), OptionalInt.empty());
    }
    String rest = text;
    if (text.contains("://")) {
      if (!text.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
        throw new IllegalArgumentException("not smtp://: " + text);
      }
      rest = text.substring(SCHEME.length());
    }
    int mark = rest.indexOf('?');
    String query = mark < 0 ? "" : rest.substring(mark + 1);
    Target host = Target.gateway(mark < 0 ? rest : rest.substring(0, mark), PORT_UNSET);
    Kind kind = Kind.HOST;
    int port = host.port() == PORT_UNSET ? 0 : host.port();
    OptionalInt preference = OptionalInt.empty();
    OptionalInt ttl = OptionalInt.empty();
    for (String pair : query.isEmpty() ? new String[0] : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      String value = equals < 0 ? "" : pair.substring(equals + 1);
      switch (equals < 0 ? pair : pair.substring(0, equals).toLowerCase(Locale.ROOT)) {
        case "pref" -> preference = OptionalInt.of(number(value, 0, 65_535, text));
        case "ttl" -> ttl = OptionalInt.of(number(value, 1, Integer.MAX_VALUE, text));
        case "port" -> port = number(value, 1, 65_535, text);
        case "type" ->
            kind =
                switch (value.toLowerCase(Locale.ROOT)) {
                  case "mx" -> Kind.MX;
                  case "a" -> Kind.HOST;
                  default -> throw new IllegalArgumentException("type is mx or a: " + text);
                };
        default -> throw new IllegalArgumentException("expected pref, ttl, port or type: " + text);
      }
    }
    return new RouteItem(kind, AsciiDomain.of(host.name()), port, preference, ttl);
  }

  /** No port that anybody can write. */
  private static final int PORT_UNSET = -1;

  private static int number(String digits, int least, int most, String text) {
    if (digits.matches("\\d{1,10}")) {
      long number = Long.parseLong(digits);
      if (number >= least && number <= most) {
        return (int) number;
      }
    }
    throw new IllegalArgumentException("not a number from " + least + " to " + most + ": " + text);
  }
}
