package org.impetusmta.core.message;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Context;
import org.jspecify.annotations.Nullable;

/**
 * The form that the dictionaries of a message have while it waits. The spool keeps every key; in
 * memory, where a queue may hold millions of messages, a message keeps only what cannot be said
 * otherwise:
 *
 * <ul>
 *   <li>{@code mailfrom_*} and {@code rcptto_*}, where they say what the envelope says, are a bit
 *       each. A {@code mailfrom_string} with parameters behind the path is kept.
 *   <li>The counts of the connection are numbers of 21 bits.
 *   <li>What is left is an array {@code key, value, …} which messages with the same content share:
 *       those of one connection, and those of a client that connects again and again. They are
 *       found in a table of fixed size, where a newer array takes an older one's place; a miss
 *       costs memory, nothing else.
 * </ul>
 *
 * So two dictionaries of some 900 octets become, for most mail, nothing and a shared array. {@link
 * MailMessage#context} builds them again for whoever asks, with the core's keys in front of
 * policy's. Concurrent.
 */
public final class WaitingDictionaries {
  private static final int TABLE = 1024;
  private static final int COUNT_BITS = 21;
  private static final int LARGEST = (1 << COUNT_BITS) - 1;
  private static final String[] NOTHING = new String[0];
  private static final String[] COUNTS = {
    "connection_message_count", "connection_rcpt_count", "message_rcpt_count"
  };
  private static final String[] SENDER = {
    "mailfrom_string", "mailfrom_localpart", "mailfrom_domain"
  };
  private static final String[] RECIPIENT = {"rcptto_string", "rcptto_localpart", "rcptto_domain"};
  private static final String MAIL = "MAIL FROM:<";
  private static final String RCPT = "RCPT TO:<";

  private final AtomicReferenceArray<String @Nullable []> known = new AtomicReferenceArray<>(TABLE);

  private final AtomicReferenceArray<@Nullable String> texts = new AtomicReferenceArray<>(TABLE);

  /** That of the connection that was asked for last: a batch asks for one many times. */
  private volatile @Nullable Connection connection;

  /**
   * @param dictionary compared as an object: a snapshot is the same until the dictionary changes
   */
  private record Connection(Map<String, String> dictionary, Rest rest) {
    @SuppressWarnings("ReferenceEquality") // as said
    boolean isOf(Map<String, String> asked) {
      return dictionary == asked;
    }
  }

  /** What is left of a dictionary, and what was left out of it. Immutable. */
  static final class Rest {
    private final String[] pairs;
    private final long leftOut;

    Rest(String[] pairs, long leftOut) {
      this.pairs = pairs;
      this.leftOut = leftOut;
    }

    /** {@code key, value, …}; shared with other messages, not to be changed. */
    String[] pairs() {
      return pairs;
    }

    long leftOut() {
      return leftOut;
    }
  }

  /**
   * Makes a message that the spool handed over share texts that others have too: each was read by
   * itself.
   */
  public void share(MailMessage message) {
    message.share(this::text);
  }

  private String text(String text) {
    int hash = text.hashCode();
    int slot = (hash ^ hash >>> 16) & (TABLE - 1);
    String there = texts.getAcquire(slot);
    if (text.equals(there)) {
      return there;
    }
    texts.setRelease(slot, text);
    return text;
  }

  /** The message dictionary without what {@code sender} and {@code recipient} say. */
  Rest message(Context context, Address sender, Address recipient) {
    Collector left =
        new Collector(context.size()) {
          @Override
          boolean leavesOut(String key, String value) {
            int bit = bit(SENDER, key, value, MAIL, sender);
            if (bit < 0) {
              bit = bit(RECIPIENT, key, value, RCPT, recipient);
              bit = bit < 0 ? -1 : bit + SENDER.length;
            }
            leftOut |= bit < 0 ? 0 : 1L << bit;
            return bit >= 0;
          }
        };
    context.forEach(left::add);
    return new Rest(shared(left.pairs()), left.leftOut);
  }

  /** The connection dictionary without its counts. */
  Rest connection(Context context) {
    Map<String, String> now = context.asMap();
    Connection known = connection;
    if (known == null || !known.isOf(now)) {
      known = new Connection(now, withoutCounts(context));
      connection = known;
    }
    return known.rest();
  }

  private Rest withoutCounts(Context context) {
    Collector left =
        new Collector(context.size()) {
          @Override
          boolean leavesOut(String key, String value) {
            int place = Arrays.asList(COUNTS).indexOf(key);
            long count = place < 0 ? 0 : count(value);
            leftOut |= count == 0 ? 0 : count << (COUNT_BITS * place);
            return count != 0;
          }
        };
    context.forEach(left::add);
    return new Rest(shared(left.pairs()), left.leftOut);
  }

  /** The message dictionary again. */
  static Context message(String[] pairs, long leftOut, Address sender, Address recipient) {
    Context context = new Context();
    restore(context, SENDER, leftOut, MAIL, sender);
    restore(context, RECIPIENT, leftOut >>> SENDER.length, RCPT, recipient);
    put(context, pairs);
    return context;
  }

  /** The connection dictionary again. */
  static Context connection(String[] pairs, long leftOut) {
    Context context = new Context();
    put(context, pairs);
    for (int i = 0; i < COUNTS.length; i++) {
      int count = (int) (leftOut >>> (COUNT_BITS * i)) & LARGEST;
      if (count > 0) {
        context.set(COUNTS[i], Integer.toString(count));
      }
    }
    return context;
  }

  private static void put(Context context, String[] pairs) {
    for (int i = 0; i < pairs.length; i += 2) {
      context.set(pairs[i], pairs[i + 1]);
    }
  }

  private static void restore(
      Context context, String[] keys, long bits, String command, Address address) {
    if ((bits & 1) != 0) {
      context.set(keys[0], command + address + ">");
    }
    if ((bits & 2) != 0) {
      context.set(keys[1], address.localpart());
    }
    if ((bits & 4) != 0) {
      context.set(keys[2], address.domain());
    }
  }

  /** Which of the three keys it is, if it says what the address says; -1 else. */
  private static int bit(String[] keys, String key, String value, String command, Address address) {
    if (key.equals(keys[0])) {
      return isPath(value, command, address) ? 0 : -1;
    } else if (key.equals(keys[1])) {
      return value.equals(address.localpart()) ? 1 : -1;
    } else if (key.equals(keys[2])) {
      return value.equals(address.domain()) ? 2 : -1;
    }
    return -1;
  }

  /** Whether {@code line} is the command with the address and nothing else, as {@link #restore}. */
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

  /** A count as it is written; 0 when it is none or too large. */
  private static long count(String text) {
    if (text.isEmpty() || text.length() > 7 || text.charAt(0) == '0') {
      return 0;
    }
    int count = 0;
    for (int i = 0; i < text.length(); i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return 0;
      }
      count = 10 * count + digit;
    }
    return count <= LARGEST ? count : 0;
  }

  private String[] shared(String[] pairs) {
    if (pairs.length == 0) {
      return NOTHING;
    }
    int hash = Arrays.hashCode(pairs);
    int slot = (hash ^ hash >>> 16) & (TABLE - 1);
    String[] there = known.getAcquire(slot);
    if (there != null && Arrays.equals(there, pairs)) {
      return there;
    }
    known.setRelease(slot, pairs);
    return pairs;
  }

  /** Gathers the pairs that stay. Single. */
  private abstract static class Collector {
    long leftOut;
    private final String[] pairs;
    private int filled;

    Collector(int size) {
      pairs = new String[2 * size];
    }

    abstract boolean leavesOut(String key, String value);

    final void add(String key, String value) {
      if (!leavesOut(key, value)) {
        pairs[filled++] = key;
        pairs[filled++] = value;
      }
    }

    final String[] pairs() {
      return filled == pairs.length ? pairs : Arrays.copyOf(pairs, filled);
    }
  }
}
