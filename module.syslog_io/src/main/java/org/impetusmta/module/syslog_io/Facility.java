package org.impetusmta.module.syslog_io;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The facilities of RFC 3164 section 4.1.1 under the names of syslog.conf. */
enum Facility {
  KERN(0),
  USER(1),
  MAIL(2),
  DAEMON(3),
  AUTH(4),
  SYSLOG(5),
  LPR(6),
  NEWS(7),
  UUCP(8),
  CRON(9),
  AUTHPRIV(10),
  FTP(11),
  LOCAL0(16),
  LOCAL1(17),
  LOCAL2(18),
  LOCAL3(19),
  LOCAL4(20),
  LOCAL5(21),
  LOCAL6(22),
  LOCAL7(23);

  private final int code;

  Facility(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  /** The facility of that name, in whatever case; {@code security} is {@code auth}. */
  static Optional<Facility> of(String name) {
    String wanted = name.equalsIgnoreCase("security") ? "AUTH" : name.toUpperCase(Locale.ROOT);
    return Arrays.stream(values()).filter(facility -> facility.name().equals(wanted)).findFirst();
  }

  /** All names, separated by commas. */
  static String names() {
    return Arrays.stream(values())
        .map(facility -> facility.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(", "));
  }
}
