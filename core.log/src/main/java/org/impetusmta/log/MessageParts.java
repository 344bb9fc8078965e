package org.impetusmta.log;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageOperations;
import org.impetusmta.api.message.MimePart;

/** Parts of a message with their headers, as they are encoded for transfer. None. */
final class MessageParts {
  private MessageParts() {}

  /**
   * The part of that number, from 1, among the parts without parts in them that are {@code wanted};
   * empty where there are fewer.
   */
  static String leaf(
      MessageOperations operations, Message message, int number, Predicate<MimePart> wanted) {
    List<MimePart> leaves =
        operations.mime(message).walk().stream()
            .filter(part -> part.children().isEmpty() && wanted.test(part))
            .toList();
    if (number > leaves.size()) {
      return "";
    }
    return SieveMacros.text(octets(operations, message, leaves.get(number - 1)));
  }

  private static byte[] octets(MessageOperations operations, Message message, MimePart part) {
    Optional<MimePart> parent = part.parent();
    if (parent.isEmpty()) {
      return operations.raw(message);
    }
    Optional<String> boundary = parent.get().parameter("boundary");
    if (boundary.isEmpty()) {
      return parent.get().body(); // message/rfc822
    }
    List<byte[]> parts = split(parent.get().body(), boundary.get());
    int index = parent.get().children().indexOf(part);
    return index >= 0 && index < parts.size() ? parts.get(index) : new byte[0];
  }

  /** What stands between delimiter lines (RFC 2046 section 5.1.1). */
  private static List<byte[]> split(byte[] body, String boundary) {
    String octets = new String(body, StandardCharsets.ISO_8859_1);
    String delimiter = "\r\n--" + boundary;
    List<byte[]> parts = new ArrayList<>();
    int at = octets.startsWith(delimiter.substring(2)) ? -2 : octets.indexOf(delimiter);
    while (at >= -2 && (at >= 0 || octets.startsWith("--" + boundary))) {
      int lineEnd = octets.indexOf("\r\n", at + delimiter.length());
      if (octets.startsWith("--", at + delimiter.length()) || lineEnd < 0) {
        break;
      }
      int next = octets.indexOf(delimiter, lineEnd);
      int end = next < 0 ? octets.length() : next;
      parts.add(
          octets.substring(Math.min(lineEnd + 2, end), end).getBytes(StandardCharsets.ISO_8859_1));
      if (next < 0) {
        break;
      }
      at = next;
    }
    return parts;
  }
}
