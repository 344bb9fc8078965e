package org.impetusmta.listener.esmtp;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.message.SenderRequests;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of RCPT: NOTIFY and ORCPT (RFC 3461 sections 4.1 and 4.2, RFC 6533 section 3 for
 * addresses in UTF-8). Single; made for one command.
 */
final class RcptParameters extends Parameters {
  private static final int LONGEST_ORCPT = 500;
  private static final List<String> EVENTS = List.of("SUCCESS", "FAILURE", "DELAY");

  @Override
  @Nullable Reply parameter(
      byte[] line, int from, int equals, int value, int end, Set<Extension> extensions) {
    if (extensions.contains(Extension.DSN)) {
      if (is(line, from, equals, "NOTIFY")) {
        return notify(text(line, value, end).toUpperCase(Locale.ROOT));
      }
      if (is(line, from, equals, "ORCPT")) {
        return orcpt(line, value, end, extensions.contains(Extension.SMTPUTF8));
      }
    }
    return UNKNOWN;
  }

  private @Nullable Reply notify(String value) {
    if (value.equals("NEVER")) {
      return put(SenderRequests.DSN_NOTIFY, value);
    }
    List<String> said = new ArrayList<>();
    for (String event : value.split(",", -1)) {
      if (!EVENTS.contains(event) || said.contains(event)) {
        return SYNTAX;
      }
      said.add(event);
    }
    return put(SenderRequests.DSN_NOTIFY, value);
  }

  /** {@code type;xtext}; of type {@code utf-8} UTF-8 may stand for itself. */
  private @Nullable Reply orcpt(byte[] line, int from, int end, boolean smtpUtf8) {
    int at = from;
    while (at < end && (isLetterOrDigit(line[at]) || line[at] == '-')) {
      at++;
    }
    if (at == from || at == end || line[at] != ';' || end - from > LONGEST_ORCPT) {
      return SYNTAX;
    }
    boolean utf8 = smtpUtf8 && is(line, from, at, "UTF-8");
    boolean valid = utf8 ? isUnicodeText(line, at + 1, end) : isXtext(line, at + 1, end);
    return valid ? put(SenderRequests.DSN_ORCPT, text(line, from, end)) : SYNTAX;
  }

  /** RFC 6533 section 3, utf-8-addr-xtext and utf-8-addr-unitext, as one. */
  private static boolean isUnicodeText(byte[] line, int from, int end) {
    for (int i = from; i < end; i++) {
      if ((line[i] >= 0 && line[i] <= ' ') || line[i] == 0x7f || line[i] == '=') {
        return false;
      }
    }
    return from < end;
  }
}
