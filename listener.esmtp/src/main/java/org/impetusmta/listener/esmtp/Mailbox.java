package org.impetusmta.listener.esmtp;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.AsciiDomain;
import org.jspecify.annotations.Nullable;

/**
 * The grammar of a path, {@code <a@example.com>} (RFC 5321 section 4.1.2): dot-strings and quoted
 * strings before the at sign, domains and address literals after it, a source route in front that
 * is skipped, {@code <>}. A local part without a domain is read too; whether it may stand is
 * policy. Underscores are allowed in domains, as DNS allows them. Octets above 127 stand for
 * letters (RFC 6531 section 3.3): who calls lets none in where SMTPUTF8 is not offered, and only
 * UTF-8 where it is.
 *
 * <p>Works on the octets of a command line. Single; made for one path.
 */
final class Mailbox {
  private static final int LONGEST_LOCALPART = 64;
  private static final int LONGEST_DOMAIN = 255;
  private static final int LONGEST_LABEL = 63;
  private static final boolean[] ATEXT = atext();

  private final byte[] line;
  private final int end;
  private final AddressRules rules;
  private int at;

  /**
   * How strictly to read.
   *
   * @param pedantic false: dots may follow each other or end a local part
   * @param blanks whether blanks beside the brackets are skipped
   */
  record AddressRules(boolean pedantic, boolean blanks) {}

  Mailbox(byte[] line, int from, int end, AddressRules rules) {
    this.line = line;
    this.at = from;
    this.end = end;
    this.rules = rules;
  }

  /** Where the path ended. */
  int position() {
    return at;
  }

  /** Reads a path with its brackets; null when it is none. */
  @Nullable Address path(Domains known) {
    if (!skip('<')) {
      return null;
    }
    skipBlanks();
    if (skip('>')) {
      return Address.NULL;
    }
    if (peek() == '@' && !sourceRoute()) {
      return null;
    }
    int start = at;
    if (peek() == '"' ? !quotedString() : !dotString()) {
      return null;
    }
    if (at - start > LONGEST_LOCALPART) {
      return null;
    }
    String localpart = text(start, at);
    String domain = "";
    if (skip('@')) {
      start = at;
      if (peek() == '[' ? !literal() : !domain()) {
        return null;
      }
      domain = known.text(line, start, at);
    }
    skipBlanks();
    return skip('>') ? new Address(localpart, domain) : null;
  }

  /** {@code @one,@two:} */
  private boolean sourceRoute() {
    do {
      if (!skip('@') || !domain()) {
        return false;
      }
    } while (skip(','));
    return skip(':');
  }

  private boolean dotString() {
    int start = at;
    while (at < end) {
      int octet = line[at];
      if (octet == '.') {
        boolean misplaced = at == start || line[at - 1] == '.';
        if (misplaced && rules.pedantic()) {
          return false;
        }
      } else if (!isAtext(octet)) {
        break;
      }
      at++;
    }
    return at > start && (line[at - 1] != '.' || !rules.pedantic()) && line[start] != '.';
  }

  private boolean quotedString() {
    at++;
    while (at < end) {
      int octet = line[at++];
      if (octet == '"') {
        return true;
      }
      if (octet == '\\') {
        if (at == end) {
          return false;
        }
        octet = line[at++];
      }
      if ((octet >= 0 && octet < ' ') || octet > '~') {
        return false;
      }
    }
    return false;
  }

  private boolean domain() {
    int start = at;
    int label = at;
    while (at < end) {
      int octet = line[at];
      if (octet == '.') {
        if (!isLabel(label)) {
          return false;
        }
        label = at + 1;
      } else if (octet < 0) {
        return unicodeDomain(start);
      } else if (!isLetterOrDigit(octet) && octet != '-' && octet != '_') {
        break;
      }
      at++;
    }
    return isLabel(label) && at - start <= LONGEST_DOMAIN;
  }

  /** A domain with U-labels (RFC 5890), that the DNS can know. */
  private boolean unicodeDomain(int start) {
    at = start;
    while (at < end
        && (line[at] < 0
            || isLetterOrDigit(line[at])
            || line[at] == '-'
            || line[at] == '_'
            || line[at] == '.')) {
      at++;
    }
    byte[] known = AsciiDomain.of(text(start, at)).getBytes(StandardCharsets.UTF_8);
    Mailbox ascii = new Mailbox(known, 0, known.length, rules);
    return !CommandLine.nonAscii(known, known.length)
        && ascii.domain()
        && ascii.position() == known.length;
  }

  /** Whether what stands between {@code start} and here is a label. */
  private boolean isLabel(int start) {
    return at > start && at - start <= LONGEST_LABEL && line[start] != '-' && line[at - 1] != '-';
  }

  /** {@code [192.0.2.1]} or {@code [IPv6:2001:db8::1]}. */
  private boolean literal() {
    at++;
    int start = at;
    while (at < end && line[at] != ']') {
      at++;
    }
    if (at == end || at - start > 50) {
      return false;
    }
    String text = text(start, at);
    at++;
    boolean six = text.regionMatches(true, 0, "IPv6:", 0, 5);
    String address = six ? text.substring(5) : text;
    try {
      // of the forms that the library takes for an IPv4 address only four decimal parts are one
      return six
          ? address.indexOf(':') >= 0
              && address.indexOf('%') < 0
              && !InetAddress.ofLiteral(address).getHostAddress().isEmpty()
          : address.matches("\\d{1,3}(\\.\\d{1,3}){3}")
              && InetAddress.ofLiteral(address).getAddress().length == 4;
    } catch (IllegalArgumentException notAnAddress) {
      return false;
    }
  }

  private void skipBlanks() {
    while (rules.blanks() && at < end && (line[at] == ' ' || line[at] == '\t')) {
      at++;
    }
  }

  private int peek() {
    return at < end ? line[at] : -1;
  }

  private boolean skip(char wanted) {
    if (peek() == wanted) {
      at++;
      return true;
    }
    return false;
  }

  private String text(int from, int to) {
    return text(line, from, to);
  }

  private static String text(byte[] line, int from, int to) {
    for (int i = from; i < to; i++) {
      if (line[i] < 0) {
        return new String(line, from, to - from, StandardCharsets.UTF_8);
      }
    }
    return new String(line, from, to - from, StandardCharsets.ISO_8859_1);
  }

  private static boolean isLetterOrDigit(int octet) {
    return (octet >= 'a' && octet <= 'z')
        || (octet >= 'A' && octet <= 'Z')
        || (octet >= '0' && octet <= '9');
  }

  private static boolean isAtext(int octet) {
    return octet < 0 || ATEXT[octet];
  }

  /** RFC 5321 section 4.1.2, atext. */
  private static boolean[] atext() {
    boolean[] atext = new boolean[128];
    for (int octet = 0; octet < 128; octet++) {
      atext[octet] = isLetterOrDigit(octet) || "!#$%&'*+-/=?^_`{|}~".indexOf(octet) >= 0;
    }
    return atext;
  }

  /** The domains that a session met last, so that its messages share their text. Single. */
  static final class Domains {
    private final String[] known = {"", "", "", ""};
    private int next;

    String text(byte[] line, int from, int to) {
      for (String domain : known) {
        if (equal(domain, line, from, to)) {
          return domain;
        }
      }
      String text = Mailbox.text(line, from, to);
      known[next++ & 3] = text;
      return text;
    }

    private static boolean equal(String domain, byte[] line, int from, int to) {
      if (domain.length() != to - from) {
        return false;
      }
      for (int i = 0; i < domain.length(); i++) {
        if (domain.charAt(i) != line[from + i]) {
          return false;
        }
      }
      return true;
    }
  }
}
