package org.impetusmta.spool.journal;

import java.util.HashMap;
import java.util.Map;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.spool.SpoolException;

/**
 * The dictionaries of a message in the meta of a record: count (variable), then the pairs in their
 * order. A pair begins with a code (u8): 0, then key and value (texts); or the number of a
 * well-known key times 2, then the value (text); or that plus 1, where the value is what the
 * envelope says. The numbers, which never change their meaning:
 *
 * <pre>
 *   1 mailfrom_string     4 rcptto_string      7 ehlo_string  11 connection_message_count
 *   2 mailfrom_localpart  5 rcptto_localpart   8 ehlo_domain  12 connection_rcpt_count
 *   3 mailfrom_domain     6 rcptto_domain      9 pathway      13 message_rcpt_count
 *                                             10 can_relay
 * </pre>
 *
 * <p>The envelope tells 1 to 6: {@code MAIL FROM:<address>}, {@code RCPT TO:<address>}, and the
 * parts of the addresses. Stateless; safe for any thread.
 */
final class DictionaryCodec {
  /** The code of a key that has no number. */
  static final int OTHER = 0;

  private static final String[] KEYS = {
    "",
    "mailfrom_string",
    "mailfrom_localpart",
    "mailfrom_domain",
    "rcptto_string",
    "rcptto_localpart",
    "rcptto_domain",
    "ehlo_string",
    "ehlo_domain",
    "pathway",
    "can_relay",
    "connection_message_count",
    "connection_rcpt_count",
    "message_rcpt_count"
  };
  private static final int LAST_IMPLIED = 6;
  private static final String MAIL = "MAIL FROM:<";
  private static final String RCPT = "RCPT TO:<";
  private static final Map<String, Integer> NUMBERS = numbers();

  private DictionaryCodec() {}

  private static Map<String, Integer> numbers() {
    Map<String, Integer> numbers = new HashMap<>();
    for (int i = 1; i < KEYS.length; i++) {
      numbers.put(KEYS[i], i);
    }
    return Map.copyOf(numbers);
  }

  static void put(
      MetaBuffer out, Map<String, String> dictionary, Address sender, Address recipient) {
    out.putVariable(dictionary.size());
    dictionary.forEach((key, value) -> put(out, key, value, sender, recipient));
  }

  private static void put(
      MetaBuffer out, String key, String value, Address sender, Address recipient) {
    Integer known = NUMBERS.get(key);
    if (known == null) {
      out.putByte(OTHER).putText(key).putText(value);
      return;
    }
    int number = known;
    if (number <= LAST_IMPLIED && isSaid(number, value, sender, recipient)) {
      out.putByte(2 * number + 1);
    } else {
      out.putByte(2 * number).putText(value);
    }
  }

  private static boolean isSaid(int number, String value, Address sender, Address recipient) {
    return switch (number) {
      case 1 -> isPath(value, MAIL, sender);
      case 2 -> value.equals(sender.localpart());
      case 3 -> value.equals(sender.domain());
      case 4 -> isPath(value, RCPT, recipient);
      case 5 -> value.equals(recipient.localpart());
      default -> value.equals(recipient.domain());
    };
  }

  /** Whether {@code line} is {@code command + address + ">"}, without making that string. */
  private static boolean isPath(String line, String command, Address address) {
    String localpart = address.localpart();
    String domain = address.domain();
    int at = command.length();
    int end = at + localpart.length();
    boolean bare = domain.isEmpty();
    int length = end + (bare ? 1 : domain.length() + 2);
    return line.length() == length
        && line.charAt(length - 1) == '>'
        && line.startsWith(command)
        && line.startsWith(localpart, at)
        && (bare || (line.charAt(end) == '@' && line.startsWith(domain, end + 1)));
  }

  static boolean isImplied(int code) {
    return (code & 1) != 0;
  }

  /** The key of a code that is not {@link #OTHER}. */
  static String key(int code) throws SpoolException {
    int number = code >>> 1;
    if (number == 0 || number >= KEYS.length || (isImplied(code) && number > LAST_IMPLIED)) {
      throw new SpoolException("unknown code " + code + " in a dictionary");
    }
    return KEYS[number];
  }

  /** What the envelope says for one of the first six keys. */
  static String implied(String key, Address sender, Address recipient) {
    return switch (key) {
      case "mailfrom_string" -> path(MAIL, sender);
      case "mailfrom_localpart" -> sender.localpart();
      case "mailfrom_domain" -> sender.domain();
      case "rcptto_string" -> path(RCPT, recipient);
      case "rcptto_localpart" -> recipient.localpart();
      default -> recipient.domain();
    };
  }

  private static String path(String command, Address address) {
    return address.domain().isEmpty()
        ? command + address.localpart() + ">"
        : command + address.localpart() + "@" + address.domain() + ">";
  }
}
