package org.impetusmta.bounce;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.impetusmta.api.delivery.Stage;

/**
 * Which replies a rule is for: a list, separated by commas, of {@code *}, the first digits of a
 * reply code ({@code 5}, {@code 55}, {@code 550}), or an enhanced status code in which {@code *}
 * stands for any digits ({@code 5.1.*}, {@code *.2.2}). Each may end in {@code @connect}, {@code
 * @mail}, {@code @rcpt} or {@code @data}: the command that was answered. Immutable.
 */
final class StatusPattern {
  private static final Pattern CODE = Pattern.compile("\\*|[245]\\d{0,2}");
  private static final Pattern ENHANCED =
      Pattern.compile("[245*]\\.(?:[\\d*]{1,3})\\.(?:[\\d*]{1,3})");

  private final List<One> any;

  private record One(String code, List<String> enhanced, String command) {
    boolean matches(int replyCode, String status, Stage stage) {
      boolean fits =
          enhanced.isEmpty()
              ? code.equals("*") || Integer.toString(replyCode).startsWith(code)
              : enhancedMatches(status);
      return fits && (command.isEmpty() || command.equals(commandAt(stage)));
    }

    private boolean enhancedMatches(String status) {
      String[] parts = status.split("\\.", -1);
      if (parts.length != 3) {
        return false;
      }
      for (int i = 0; i < 3; i++) {
        String want = enhanced.get(i);
        boolean fits =
            want.endsWith("*")
                ? parts[i].startsWith(want.substring(0, want.length() - 1))
                : parts[i].equals(want);
        if (!fits) {
          return false;
        }
      }
      return true;
    }
  }

  private StatusPattern(List<One> any) {
    this.any = List.copyOf(any);
  }

  /**
   * Reads a pattern.
   *
   * @throws IllegalArgumentException when it is none
   */
  static StatusPattern parse(String text) {
    List<One> any = new ArrayList<>();
    for (String item : text.split(",", -1)) {
      int at = item.indexOf('@');
      String status = at < 0 ? item : item.substring(0, at);
      String command = at < 0 ? "" : item.substring(at + 1);
      if (!List.of("", "connect", "mail", "rcpt", "data").contains(command)) {
        throw new IllegalArgumentException(
            "found \"@" + command + "\", expected @connect, @mail, @rcpt or @data");
      }
      if (CODE.matcher(status).matches()) {
        any.add(new One(status, List.of(), command));
      } else if (ENHANCED.matcher(status).matches()) {
        any.add(new One("", List.of(status.split("\\.", -1)), command));
      } else {
        throw new IllegalArgumentException(
            "found \"" + status + "\", expected *, a reply code or an enhanced status code");
      }
    }
    return new StatusPattern(any);
  }

  /**
   * Whether a reply is one of them.
   *
   * @param enhanced may be empty
   */
  boolean matches(int code, String enhanced, Stage stage) {
    for (One one : any) {
      if (one.matches(code, enhanced, stage)) {
        return true;
      }
    }
    return false;
  }

  private static String commandAt(Stage stage) {
    return switch (stage) {
      case BANNER,
          EHLO,
          AFTER_EHLO,
          STARTTLS,
          AFTER_STARTTLS,
          TLS_HANDSHAKE,
          XCLIENT,
          AFTER_XCLIENT ->
          "connect";
      case MAIL_FROM, AFTER_MAIL_FROM -> "mail";
      case RCPT_TO, AFTER_RCPT_TO -> "rcpt";
      case DATA, AFTER_DATA, BODY, CONFIRMATION -> "data";
      case NOT_CONNECTED, IDLE, RSET, AFTER_RSET, TLS_RENEGOTIATION, OUT_OF_BAND, UNKNOWN -> "none";
    };
  }
}
