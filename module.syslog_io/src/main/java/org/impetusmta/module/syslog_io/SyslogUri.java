package org.impetusmta.module.syslog_io;

import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import org.impetusmta.api.io.IoUri;

/**
 * What records a URI wants: {@code syslog://}, {@code syslog://?facility=local0&priority=info}.
 * Immutable.
 *
 * @param severity 0 to 7, RFC 3164 section 4.1.1
 */
record SyslogUri(Facility facility, int severity) {
  private static final int ERROR = 3;

  private static final Map<String, Integer> SEVERITIES =
      Map.ofEntries(
          Map.entry("emerg", 0),
          Map.entry("panic", 0),
          Map.entry("alert", 1),
          Map.entry("crit", 2),
          Map.entry("err", ERROR),
          Map.entry("error", ERROR),
          Map.entry("warning", 4),
          Map.entry("warn", 4),
          Map.entry("notice", 5),
          Map.entry("info", 6),
          Map.entry("debug", 7));

  /** Facility and severity as one number. */
  int priority() {
    return facility.code() * 8 + severity;
  }

  /**
   * Reads it.
   *
   * @param otherwise the facility where it names none
   */
  static SyslogUri of(IoUri uri, Facility otherwise) throws IOException {
    String rest = uri.rest().startsWith("/") ? uri.rest().substring(1) : uri.rest();
    SyslogUri read = new SyslogUri(otherwise, ERROR);
    if (rest.isEmpty()) {
      return read;
    }
    if (!rest.startsWith("?")) {
      throw new IOException(
          "found \"" + rest + "\", expected syslog://?facility=NAME&priority=NAME");
    }
    for (String parameter : rest.substring(1).split("&", -1)) {
      int equals = parameter.indexOf('=');
      String name = equals < 0 ? parameter : parameter.substring(0, equals);
      String value = equals < 0 ? "" : parameter.substring(equals + 1);
      read =
          switch (name) {
            case "facility" -> new SyslogUri(facility(value), read.severity());
            case "priority" -> new SyslogUri(read.facility(), severity(value));
            default ->
                throw new IOException(
                    "found the parameter \"" + name + "\", expected facility or priority");
          };
    }
    return read;
  }

  private static Facility facility(String name) throws IOException {
    return Facility.of(name)
        .orElseThrow(
            () ->
                new IOException(
                    "found the facility \"" + name + "\", expected one of " + Facility.names()));
  }

  private static int severity(String name) throws IOException {
    Integer severity = SEVERITIES.get(name.toLowerCase(Locale.ROOT));
    if (severity == null) {
      throw new IOException(
          "found the priority \""
              + name
              + "\", expected emerg, alert, crit, error, warning, notice, info or debug");
    }
    return severity;
  }
}
