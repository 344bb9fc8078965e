package org.impetusmta.listener.http;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The nonces of Digest authentication (RFC 7616 section 3.3): a number that counts up, the time of
 * issue, and a seal over both, so that nothing is kept of those that nobody used. Of those that
 * were used with the right password it is kept which of the client's counts were there, each of
 * which is good once. Where too many are kept, or their time is over, the oldest goes, and with it
 * all that are older: what is forgotten is never good again. Concurrent.
 */
final class Nonces {
  /** How long one is good. */
  static final Duration LIFE = Duration.ofMinutes(5);

  /** Those of which it is kept what was used. */
  static final int MOST = 10_000;

  private static final String MAC = "HmacSHA256";
  private static final int PLAIN = 2 * Long.BYTES;
  private static final int LENGTH = 2 * PLAIN;

  private final InstantSource clock;
  private final SecretKeySpec key;

  /** Guarded by this, as the rest. */
  private final TreeMap<Long, Counts> used = new TreeMap<>();

  private long last;

  /** This one and all before are good no more. */
  private long floor;

  /** What a nonce says of itself. */
  private record Read(long number, long millis) {}

  /** Which counts were there: the highest, and which of the 63 before it. */
  private static final class Counts {
    final long millis;
    long highest;
    long bits;

    Counts(long millis) {
      this.millis = millis;
    }

    boolean had(long count) {
      long before = highest - count;
      return before >= 0 && (before >= Long.SIZE || (bits & (1L << before)) != 0);
    }

    void take(long count) {
      long ahead = count - highest;
      if (ahead > 0) {
        bits = ahead >= Long.SIZE ? 0 : bits << ahead;
        highest = count;
      }
      bits |= 1L << (highest - count);
    }
  }

  Nonces(InstantSource clock) {
    this.clock = clock;
    byte[] secret = new byte[32];
    new SecureRandom().nextBytes(secret);
    this.key = new SecretKeySpec(secret, MAC);
  }

  /** A new one; letters, digits, {@code -} and {@code _}. */
  String make() {
    long number;
    synchronized (this) {
      number = ++last;
    }
    byte[] plain = ByteBuffer.allocate(PLAIN).putLong(number).putLong(clock.millis()).array();
    byte[] all = Arrays.copyOf(plain, LENGTH);
    System.arraycopy(seal(plain), 0, all, PLAIN, LENGTH - PLAIN);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(all);
  }

  private byte[] seal(byte[] plain) {
    try {
      Mac mac = Mac.getInstance(MAC);
      mac.init(key);
      return Arrays.copyOf(mac.doFinal(plain), LENGTH - PLAIN);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Java has no " + MAC, e);
    }
  }

  /** Empty where it is none of ours. */
  private Optional<Read> read(String nonce) {
    byte[] all;
    try {
      all = Base64.getUrlDecoder().decode(nonce);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    if (all.length != LENGTH
        || !MessageDigest.isEqual(
            seal(Arrays.copyOf(all, PLAIN)), Arrays.copyOfRange(all, PLAIN, LENGTH))) {
      return Optional.empty();
    }
    ByteBuffer plain = ByteBuffer.wrap(all);
    return Optional.of(new Read(plain.getLong(), plain.getLong()));
  }

  /**
   * Whether a nonce is good for a request.
   *
   * @param count the client's, from 1
   */
  boolean good(String nonce, long count) {
    Optional<Read> read = read(nonce);
    synchronized (this) {
      return read.isPresent() && good(read.get(), count);
    }
  }

  private boolean good(Read nonce, long count) {
    tidy();
    Counts counts = used.get(nonce.number);
    return nonce.number > floor
        && clock.millis() - nonce.millis < LIFE.toMillis()
        && (counts == null || !counts.had(count));
  }

  /** The password was right: takes the count; false where the nonce is good for it no more. */
  boolean use(String nonce, long count) {
    Optional<Read> read = read(nonce);
    synchronized (this) {
      if (read.isEmpty() || !good(read.get(), count)) {
        return false;
      }
      used.computeIfAbsent(read.get().number, _ -> new Counts(read.get().millis)).take(count);
      if (used.size() > MOST) {
        forgetOldest();
      }
      return true;
    }
  }

  private void tidy() {
    while (!used.isEmpty()
        && clock.millis() - used.firstEntry().getValue().millis >= LIFE.toMillis()) {
      forgetOldest();
    }
  }

  private void forgetOldest() {
    floor = Math.max(floor, used.pollFirstEntry().getKey());
  }

  /** How many it keeps something of. */
  synchronized int kept() {
    return used.size();
  }
}
