package org.impetusmta.core.queue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.core.message.MailMessage;

/**
 * Which of the messages that wait a command means. Immutable. Source: the newer manual's fail
 * domain quiet, {@code --meta} and {@code --header}.
 */
public sealed interface MailFilter {
  /** All of them. */
  static MailFilter all() {
    return new All();
  }

  /** All of them. */
  record All() implements MailFilter {}

  /** Those whose message dictionary, or else whose connection dictionary, has it. */
  record Meta(String key, String value) implements MailFilter {}

  /**
   * Those with a header field one of whose physical lines it is: the first without the blanks
   * behind the colon, a folded one as it stands or without its leading blanks.
   */
  record Header(String name, String line) implements MailFilter {}

  /**
   * What the words of a command say.
   *
   * @param dryRun whether nothing is to happen
   * @param rest the words that are neither a flag nor the filter
   */
  record Words(boolean dryRun, MailFilter filter, List<String> rest) {
    /** Whether there is a filter. */
    public boolean filtered() {
      return !(filter instanceof All);
    }
  }

  /**
   * Reads {@code --dry-run}, wherever it stands, and one filter before the other words.
   *
   * @throws ConsoleException where it is not like that
   */
  static Words read(List<String> words) throws ConsoleException {
    List<String> rest = new ArrayList<>(words);
    boolean dryRun = rest.removeIf("--dry-run"::equals);
    MailFilter filter = all();
    if (!rest.isEmpty()
        && (rest.getFirst().equals("--meta") || rest.getFirst().equals("--header"))) {
      String flag = rest.removeFirst();
      if (rest.size() < 2) {
        throw new ConsoleException(flag + " is followed by a name and a value");
      }
      String name = rest.removeFirst();
      String value = rest.removeFirst();
      filter = flag.equals("--meta") ? new Meta(name, value) : new Header(name, value);
      if (!rest.isEmpty()
          && (rest.getFirst().equals("--meta") || rest.getFirst().equals("--header"))) {
        throw new ConsoleException("one filter only, --meta or --header");
      }
    }
    return new Words(dryRun, filter, List.copyOf(rest));
  }

  /** Whether it fits, as far as memory says; empty: the spool has to be asked. On its loop. */
  default Optional<Boolean> fits(MailMessage message) {
    return switch (this) {
      case All _ -> Optional.of(true);
      case Meta meta ->
          message.leftToSpool()
              ? Optional.empty()
              : Optional.of(
                  message
                      .context()
                      .get(meta.key())
                      .or(() -> message.connectionContext().get(meta.key()))
                      .filter(meta.value()::equals)
                      .isPresent());
      case Header header ->
          message.resident() ? Optional.of(fits(header, message.body())) : Optional.empty();
    };
  }

  /** Whether dictionaries are looked at, so that they have to be put away again. */
  default boolean looksAtDictionaries() {
    return this instanceof Meta;
  }

  /** Whether what the spool has of a message fits. */
  default boolean fits(Envelope envelope) {
    if (!(this instanceof Meta meta)) {
      return true;
    }
    Map<String, String> message = envelope.messageContext();
    String value =
        message.containsKey(meta.key())
            ? message.get(meta.key())
            : envelope.connectionContext().get(meta.key());
    return meta.value().equals(value);
  }

  /** Whether the octets that the spool has of a message fit. */
  default boolean fits(Body body) {
    return !(this instanceof Header header) || fits(header, body);
  }

  private static boolean fits(Header header, Body body) {
    String text = new String(header(body), StandardCharsets.UTF_8);
    boolean inField = false;
    for (String line : text.split("\r?\n", -1)) {
      if (line.isEmpty()) {
        break;
      }
      if (line.charAt(0) == ' ' || line.charAt(0) == '\t') {
        if (inField && (line.equals(header.line()) || line.strip().equals(header.line()))) {
          return true;
        }
        continue;
      }
      int colon = line.indexOf(':');
      inField = colon > 0 && line.substring(0, colon).strip().equalsIgnoreCase(header.name());
      if (inField && line.substring(colon + 1).strip().equals(header.line().strip())) {
        return true;
      }
    }
    return false;
  }

  private static byte[] header(Body body) {
    byte[] octets = new byte[body.headerLength()];
    int at = 0;
    for (int i = 0; i < body.segments() && at < octets.length; i++) {
      int length = Math.min(body.segmentLength(i), octets.length - at);
      System.arraycopy(body.segment(i), 0, octets, at, length);
      at += length;
    }
    return octets;
  }
}
