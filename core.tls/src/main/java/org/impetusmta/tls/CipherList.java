package org.impetusmta.tls;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.tomcat.util.net.openssl.ciphers.Cipher;
import org.apache.tomcat.util.net.openssl.ciphers.OpenSSLCipherConfigurationParser;
import org.impetusmta.api.config.OptionValue;
import org.jspecify.annotations.Nullable;

/**
 * Cipher suites of TLS 1.2 as {@code tls_ciphers} names them: a cipher list in the notation of
 * OpenSSL (ciphers(1)), or a priority string of GnuTLS where it begins with one of that library's
 * keywords. Immutable. Source: config.tls_ciphers.
 *
 * <p>What a list means is the library's knowledge; here a word that it does not know refuses the
 * list, and so does a list of which nothing is left that this build can do.
 */
@OptionValue(
    expected = "a cipher list of OpenSSL, DEFAULT:!RSA, or a priority string of GnuTLS, NORMAL")
public final class CipherList {
  /** What a TLS engine of this build may have: forward secrecy or RSA, AES or ChaCha20. */
  private static final Predicate<String> POSSIBLE =
      Pattern.compile(
              "TLS_(ECDHE_(RSA|ECDSA)|DHE_(RSA|DSS)|RSA)_WITH_"
                  + "(AES_(128|256)_(GCM|CBC)_SHA(256|384)?|CHACHA20_POLY1305_SHA256)")
          .asMatchPredicate();

  /** Words of OpenSSL that are right, though they name nothing that the library knows. */
  private static final Set<String> WITHOUT_SUITES =
      Set.of("FORTEZZA", "kFZA", "aFZA", "eFZA", "SUITEB128", "SUITEB128ONLY", "SUITEB192");

  private static final Set<String> COMMANDS = Set.of("@STRENGTH");

  private static final Pattern SEPARATORS = Pattern.compile("[:, ]+");

  private final String text;
  private volatile @Nullable List<String> suites;

  private CipherList(String text) {
    this.text = text;
  }

  /** Reads a list. */
  public static CipherList parse(String text) {
    CipherList list = new CipherList(text.strip());
    if (!list.isDefault()) {
      list.suites(); // refuses what it does not understand
    }
    return list;
  }

  /** Whether it says no more than nothing. */
  public boolean isDefault() {
    return text.equals("DEFAULT");
  }

  /** The names of RFC 5246 and its kin, the preferred first; not empty. */
  public List<String> suites() {
    List<String> known = suites;
    if (known == null) {
      known = PriorityString.recognises(text) ? PriorityString.suites(text) : openssl();
      if (known.isEmpty()) {
        throw new IllegalArgumentException("no cipher suite of this build is in the list");
      }
      suites = known;
    }
    return known;
  }

  private List<String> openssl() {
    if (text.isEmpty()) {
      throw new IllegalArgumentException("it is empty");
    }
    for (String element : SEPARATORS.split(text, -1)) {
      if (!element.isEmpty()) {
        requireKnown(element);
      }
    }
    return possible(OpenSSLCipherConfigurationParser.parse(text));
  }

  /** Of these what a TLS engine may have, in order. */
  static List<String> possible(Iterable<Cipher> ciphers) {
    Set<String> names = new LinkedHashSet<>();
    for (Cipher cipher : ciphers) {
      cipher.getJsseNames().stream().filter(POSSIBLE).forEach(names::add);
    }
    return List.copyOf(names);
  }

  private static void requireKnown(String element) {
    if (COMMANDS.contains(element)) {
      return;
    }
    if (element.startsWith("@")) {
      throw new IllegalArgumentException("\"" + element + "\" has no effect in this build");
    }
    boolean signed = !element.isEmpty() && "!-+".indexOf(element.charAt(0)) >= 0;
    String words = signed ? element.substring(1) : element;
    for (String word : words.split("\\+", -1)) {
      if (!known(word)) {
        throw new IllegalArgumentException("unknown cipher or keyword \"" + word + "\"");
      }
    }
  }

  private static boolean known(String word) {
    return WITHOUT_SUITES.contains(word)
        || word.startsWith("kGOST")
        || word.startsWith("aGOST")
        || (!word.isEmpty() && !OpenSSLCipherConfigurationParser.parse(word).isEmpty());
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CipherList list && list.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** The list as it was written. */
  @Override
  public String toString() {
    return text;
  }
}
