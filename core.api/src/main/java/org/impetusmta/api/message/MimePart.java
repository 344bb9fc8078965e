package org.impetusmta.api.message;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A part of a message (RFC 2045): the message itself, a part of a multipart, or the message inside
 * a {@code message/rfc822} part. A tree is a copy: edits have an effect when {@link
 * MessageOperations#setMime} puts it into the message. Parts that no edit touches stay as they
 * came, octet for octet.
 *
 * <p>Thread-safety: single. Source: lua.ref.msgpart_*.
 */
@ProviderType
public interface MimePart {
  /** Type and subtype in lower case; {@code text/plain} where nothing or nonsense is declared. */
  String contentType();

  /** A parameter of Content-Type, such as {@code charset} or {@code name}. */
  Optional<String> parameter(String name);

  /** The values of its header fields called {@code name}, encoded words decoded. */
  List<String> header(String name);

  /** As {@link MessageOperations#setHeader}. */
  void setHeader(String name, MessageOperations.Placement placement, List<String> values);

  /** Removes all header fields called {@code name}; how many there were. */
  int deleteHeader(String name);

  /** The addresses in its header fields called {@code name}. */
  List<HeaderAddress> addressHeader(String name);

  /** The parts of a multipart, or the message of a {@code message/rfc822}. */
  List<MimePart> children();

  /** What it is part of; empty for the message, and for a part that was unlinked or just made. */
  Optional<MimePart> parent();

  /** This part and all below it, parents first. */
  List<MimePart> walk();

  /**
   * Puts a part without parent in front of the other children.
   *
   * @throws IllegalStateException where this is no multipart, or {@code child} has a parent
   */
  void addFirstChild(MimePart child);

  /** Puts a part without parent behind the other children; as {@link #addFirstChild}. */
  void addLastChild(MimePart child);

  /** Puts this part, which has no parent, in front of {@code before} in the latter's parent. */
  void insertBefore(MimePart before);

  /** Puts this part, which has no parent, behind {@code after} in the latter's parent. */
  void insertAfter(MimePart after);

  /** Takes it, and what is below it, out of the tree; the message itself cannot be. */
  void unlink();

  /** What follows its header, as it is encoded for transfer. */
  byte[] body();

  /** What follows its header, decoded (RFC 2045 section 6). */
  byte[] content();

  /** Its text, where its type is {@code text/*} and it has content. */
  Optional<String> text();

  /**
   * Replaces its content, and all parts below it, by text; sets Content-Type and
   * Content-Transfer-Encoding.
   *
   * @param type {@code text/plain} and the like
   * @param charset empty: US-ASCII where that is enough, else UTF-8
   */
  void setText(String text, String type, Optional<String> charset);

  /** As {@link MessageOperations#match}, in this part and what is below it. */
  List<List<String>> match(MessageOperations.Within within, Pattern pattern);

  /** As {@link MessageOperations#replace}, in this part and what is below it. */
  int replace(MessageOperations.Within within, Pattern pattern, String replacement);
}
