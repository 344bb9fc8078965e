package org.impetusmta.api.message;

import java.util.List;
import java.util.Map;

/**
 * What {@link MessageOperations#build} makes a message of. Immutable. Source: lua.ref.msg_build.
 *
 * @param headers header fields in order; other than US-ASCII is encoded (RFC 2047)
 * @param parts the same content in several forms, plainest first: type to text. {@code text/*}
 *     without a charset is written as quoted-printable UTF-8, all else as base64
 * @param attachments what is attached, in order
 */
public record NewMessage(
    List<Map.Entry<String, String>> headers,
    List<Map.Entry<String, String>> parts,
    List<Attachment> attachments) {
  public NewMessage {
    headers = List.copyOf(headers);
    parts = List.copyOf(parts);
    attachments = List.copyOf(attachments);
  }

  /** Something attached. */
  public sealed interface Attachment {}

  /**
   * Text; written as quoted-printable UTF-8.
   *
   * @param type its Content-Type
   * @param name its file's name; empty: none
   * @param headers further header fields
   */
  public record Text(String type, String name, List<Map.Entry<String, String>> headers, String text)
      implements Attachment {}

  /**
   * Octets; written as base64.
   *
   * @param content in wire form or not, whatever it is: nothing but these octets arrives
   */
  @SuppressWarnings("ArrayRecordComponent") // they are handed on, never compared
  public record Octets(
      String type, String name, List<Map.Entry<String, String>> headers, byte[] content)
      implements Attachment {}

  /** A message, attached as {@code message/rfc822} as it lies. */
  public record Attached(Body message) implements Attachment {}
}
