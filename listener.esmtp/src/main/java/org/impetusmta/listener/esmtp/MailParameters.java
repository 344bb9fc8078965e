package org.impetusmta.listener.esmtp;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.message.SenderRequests;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of MAIL: SIZE (RFC 1870), BODY (RFC 6152, RFC 3030), AUTH (RFC 4954), RET and
 * ENVID (RFC 3461), SMTPUTF8 (RFC 6531), REQUIRETLS (RFC 8689), HOLDFOR and HOLDUNTIL (RFC 4865),
 * BY (RFC 2852), MT-PRIORITY (RFC 6710), PRDR. Single; made for one command.
 */
final class MailParameters extends Parameters {
  private static final Reply TOO_LATE =
      new Reply(501, "5.5.4", "release time is past, or later than this server allows");
  private static final Reply BY_BEFORE_RELEASE =
      new Reply(501, "5.5.4", "deliver-by time is not after the release time");
  private static final int LONGEST_ENVID = 100;
  private static final Pattern BY = Pattern.compile("(?i)([+-]?\\d{1,9});([NR])(T?)");

  private final InstantSource clock;
  private final Duration longestHold;
  private OptionalLong size = OptionalLong.empty();
  private Optional<String> submitter = Optional.empty();
  private boolean body;
  private boolean eightBitMime;
  private boolean binary;
  private boolean smtpUtf8;
  private boolean prdr;

  /**
   * @param clock says when MAIL was said
   * @param longestHold how long a message may be held
   */
  MailParameters(InstantSource clock, Duration longestHold) {
    this.clock = clock;
    this.longestHold = longestHold;
  }

  OptionalLong size() {
    return size;
  }

  /** Whether there may be octets above 127; SMTPUTF8 says so of the header. */
  boolean eightBitMime() {
    return eightBitMime || smtpUtf8;
  }

  /** What AUTH= said, decoded; {@code <>} where the client does not know. */
  Optional<String> submitter() {
    return submitter;
  }

  /** BODY=BINARYMIME. */
  boolean binary() {
    return binary;
  }

  boolean smtpUtf8() {
    return smtpUtf8;
  }

  boolean prdr() {
    return prdr;
  }

  @Override
  @Nullable Reply parameter(
      byte[] line, int from, int equals, int value, int end, Set<Extension> extensions) {
    if (is(line, from, equals, "SIZE") && extensions.contains(Extension.SIZE)) {
      return size(line, value, end);
    }
    if (is(line, from, equals, "BODY") && extensions.contains(Extension.EIGHT_BIT_MIME)) {
      return body(line, value, end, extensions);
    }
    if (is(line, from, equals, "AUTH") && extensions.contains(Extension.AUTH)) {
      if (submitter.isPresent()) {
        return SYNTAX;
      }
      submitter = MailAuth.parse(line, value, end);
      return submitter.isPresent() ? null : SYNTAX;
    }
    return rare(
        text(line, from, equals).toUpperCase(Locale.ROOT),
        equals < end,
        line,
        value,
        end,
        extensions);
  }

  /** Up to 20 digits (RFC 1870 section 4); what a long does not hold is larger than anything. */
  private @Nullable Reply size(byte[] line, int from, int end) {
    if (size.isPresent() || from == end || end - from > 20) {
      return SYNTAX;
    }
    long octets = 0;
    for (int i = from; i < end; i++) {
      if (line[i] < '0' || line[i] > '9') {
        return SYNTAX;
      }
      int digit = line[i] - '0';
      octets = octets > (Long.MAX_VALUE - digit) / 10 ? Long.MAX_VALUE : 10 * octets + digit;
    }
    size = OptionalLong.of(octets);
    return null;
  }

  private @Nullable Reply body(byte[] line, int value, int end, Set<Extension> extensions) {
    binary = is(line, value, end, "BINARYMIME") && extensions.contains(Extension.BINARYMIME);
    eightBitMime = binary || is(line, value, end, "8BITMIME");
    if (body || !(eightBitMime || is(line, value, end, "7BIT"))) {
      return SYNTAX;
    }
    body = true;
    return null;
  }

  private @Nullable Reply rare(
      String keyword, boolean valued, byte[] line, int from, int end, Set<Extension> extensions) {
    Extension extension =
        switch (keyword) {
          case "RET", "ENVID" -> Extension.DSN;
          case "SMTPUTF8" -> Extension.SMTPUTF8;
          case "REQUIRETLS" -> Extension.REQUIRETLS;
          case "HOLDFOR", "HOLDUNTIL" -> Extension.FUTURERELEASE;
          case "BY" -> Extension.DELIVERBY;
          case "MT-PRIORITY" -> Extension.MT_PRIORITY;
          case "PRDR" -> Extension.PRDR;
          default -> null;
        };
    if (extension == null || !extensions.contains(extension)) {
      return UNKNOWN;
    }
    boolean flag =
        extension == Extension.SMTPUTF8
            || extension == Extension.REQUIRETLS
            || extension == Extension.PRDR;
    if (flag == valued) {
      return SYNTAX;
    }
    String value = text(line, from, end);
    return switch (keyword) {
      case "RET" -> {
        String returned = value.toUpperCase(Locale.ROOT);
        yield returned.equals("FULL") || returned.equals("HDRS")
            ? put(SenderRequests.DSN_RET, returned)
            : SYNTAX;
      }
      case "ENVID" ->
          end - from <= LONGEST_ENVID && isXtext(line, from, end)
              ? put(SenderRequests.DSN_ENVID, value)
              : SYNTAX;
      case "SMTPUTF8" -> {
        smtpUtf8 = true;
        yield put(SenderRequests.SMTPUTF8, "yes");
      }
      case "REQUIRETLS" -> put(Message.REQUIRE_TLS, "yes");
      case "HOLDFOR" ->
          value.matches("[1-9]\\d{0,8}")
              ? hold(clock.instant().plusSeconds(Long.parseLong(value)))
              : SYNTAX;
      case "HOLDUNTIL" -> holdUntil(value);
      case "BY" -> by(value);
      case "MT-PRIORITY" ->
          value.matches("0|-?[1-9]") ? put(SenderRequests.MT_PRIORITY, value) : SYNTAX;
      default -> {
        boolean twice = prdr;
        prdr = true;
        yield twice ? SYNTAX : null;
      }
    };
  }

  /** RFC 4865 section 3: an RFC 3339 date and time in UTC or with its offset. */
  private @Nullable Reply holdUntil(String value) {
    try {
      return hold(OffsetDateTime.parse(value).toInstant());
    } catch (DateTimeException noTime) {
      return SYNTAX;
    }
  }

  private @Nullable Reply hold(Instant until) {
    Instant now = clock.instant();
    return until.isAfter(now) && !until.isAfter(now.plus(longestHold))
        ? put(SenderRequests.HOLD_UNTIL, Long.toString(until.getEpochSecond()))
        : TOO_LATE;
  }

  /** RFC 2852 section 4: {@code by-time;by-mode[T]}. A message to be returned needs some time. */
  private @Nullable Reply by(String value) {
    Matcher matcher = BY.matcher(value);
    if (!matcher.matches()) {
      return SYNTAX;
    }
    long seconds = Long.parseLong(matcher.group(1));
    String mode = (matcher.group(2) + matcher.group(3)).toUpperCase(Locale.ROOT);
    if (mode.startsWith("R") && seconds <= 0) {
      return SYNTAX;
    }
    Reply twice =
        put(SenderRequests.DELIVER_BY, Long.toString(clock.instant().getEpochSecond() + seconds));
    return twice != null ? twice : put(SenderRequests.DELIVER_BY_MODE, mode);
  }

  @Override
  @Nullable Reply consistent() {
    String release = context().get(SenderRequests.HOLD_UNTIL);
    String by = context().get(SenderRequests.DELIVER_BY);
    return release != null && by != null && Long.parseLong(by) <= Long.parseLong(release)
        ? BY_BEFORE_RELEASE
        : null;
  }
}
