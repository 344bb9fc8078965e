package org.impetusmta.api.message;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What policy does with messages; an OSGi service of the core. Each method reads or edits the one
 * message that it is given ({@link Message#setBody}): the other recipients of a transaction keep
 * theirs. Editing is possible until the message is stored.
 *
 * <p>Header fields are found without looking at what follows them. A MIME tree is built when {@link
 * #mime} or text is asked for. Matching reads all octets: a hook that does so with large mail says
 * that it runs in a pool ({@code @RunsIn("CPU")}).
 *
 * <p>Concurrent; a message is used by one thread at a time. Source: lua.ref.msg_*, 3-api
 * ec-message.
 */
@ProviderType
public interface MessageOperations {
  /** Where a header field goes. */
  enum Placement {
    /** All fields of that name go, this one comes last. */
    REPLACE,
    /** Above all fields. */
    PREPEND,
    /** Below all fields. */
    APPEND
  }

  /** What is looked through. */
  enum Within {
    /** Header and body as they are encoded for transfer, an octet for each character. */
    RAW,
    /** What follows the header, as it is encoded for transfer, an octet for each character. */
    BODY,
    /** The text of each {@code text/*} part, decoded. */
    TEXT
  }

  /** The values of the header fields called {@code name}, encoded words decoded (RFC 2047). */
  List<String> header(Message message, String name);

  /**
   * Adds a header field for each value. Other than US-ASCII is encoded as RFC 2047 says.
   *
   * @throws IllegalArgumentException where name or value cannot stand in a header field
   */
  void setHeader(Message message, String name, Placement placement, List<String> values);

  /** Removes all header fields called {@code name}; how many there were. */
  int deleteHeader(Message message, String name);

  /** The addresses in the header fields called {@code name}, members of groups among them. */
  List<HeaderAddress> addressHeader(Message message, String name);

  /** The addresses in {@code text} (RFC 5322 section 3.4); what is none is left out. */
  List<HeaderAddress> parseAddresses(String text);

  /** {@code text} for a header field: encoded words where it is not US-ASCII. */
  String encodeWords(String text);

  /** {@code value} of a header field with its encoded words decoded. */
  String decodeWords(String value);

  /** The whole message, lines ended by CR LF. */
  byte[] raw(Message message);

  /** Replaces the whole message; lines may end with LF. */
  void setRaw(Message message, byte[] content);

  /** What follows the header, as it is encoded for transfer. */
  byte[] body(Message message);

  /** Replaces what follows the header; lines may end with LF. */
  void setBody(Message message, byte[] body);

  /** The text of each {@code text/*} part, decoded. */
  List<String> text(Message message);

  /** As {@link MimePart#setText} for the whole message. */
  void setText(Message message, String text, String type, Optional<String> charset);

  /**
   * The first 1000 matches, each with its groups; group 0 is the match, a group that took no part
   * is empty.
   *
   * @throws MessageLimitException where the pattern goes back too often
   */
  List<List<String>> match(Message message, Within within, Pattern pattern);

  /**
   * Replaces all matches and says how many there were. A text part keeps its character set and
   * encoding where they can express the outcome, else it gets UTF-8 and quoted-printable.
   *
   * @param replacement {@code $1} and <code>${name}</code> stand for groups, {@code \} quotes
   * @throws MessageLimitException where the pattern goes back too often
   */
  int replace(Message message, Within within, Pattern pattern, String replacement);

  /**
   * The message as a tree of parts.
   *
   * @throws MessageLimitException where it has more than 1000 parts, or more than 30 in one another
   */
  MimePart mime(Message message);

  /** Puts an edited tree into the message. */
  void setMime(Message message, MimePart root);

  /** A part without parent. */
  MimePart newPart(String contentType, byte[] content, TransferEncoding encoding);

  /**
   * A multipart without parent and children.
   *
   * @param boundary empty: one that occurs nowhere
   */
  MimePart newContainer(String contentType, Optional<String> boundary);

  /** Makes a message; Date, Message-ID and MIME-Version are added where they are missing. */
  Body build(NewMessage content);

  /**
   * Sends a message of its own to each recipient; no phase but set_binding and those of signers
   * runs.
   *
   * @return their ids once all are durable
   */
  CompletableFuture<List<MessageId>> inject(Body body, Address sender, List<Address> recipients);

  /** Sends a message that {@code message} is attached to, as it is now; as {@link #inject}. */
  CompletableFuture<List<MessageId>> forward(
      Message message, Address sender, List<Address> recipients, String text, String subject);
}
