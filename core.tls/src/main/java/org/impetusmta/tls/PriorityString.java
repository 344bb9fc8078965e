package org.impetusmta.tls;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.tomcat.util.net.openssl.ciphers.OpenSSLCipherConfigurationParser;

/**
 * Priority strings of GnuTLS as far as they choose cipher suites of TLS 1.2: a keyword, then
 * ciphers, MACs and key exchanges that are put in ({@code +}) or left out ({@code -}, {@code !}).
 * What is not a matter of suites (versions, groups, signatures, {@code %} flags) has options of its
 * own here and is refused. Thread-safety: read-only. Source: the GnuTLS manual, "Priority Strings".
 */
final class PriorityString {
  private static final Map<String, String> KEYWORDS =
      Map.of(
          "NORMAL", ".*",
          "SECURE128", ".*",
          "PFS", "TLS_(ECDHE|DHE)_.*",
          "PERFORMANCE", ".*",
          "SECURE192", ".*(AES_256_GCM|CHACHA20).*",
          "SECURE256", ".*(AES_256_GCM|CHACHA20).*",
          "NONE", "none");

  /** Each word and the suites that cannot be without it. */
  private static final Map<String, Predicate<String>> WORDS =
      Map.ofEntries(
          word("AES-128-GCM", ".*_AES_128_GCM_.*"),
          word("AES-256-GCM", ".*_AES_256_GCM_.*"),
          word("AES-128-CBC", ".*_AES_128_CBC_.*"),
          word("AES-256-CBC", ".*_AES_256_CBC_.*"),
          word("CHACHA20-POLY1305", ".*_CHACHA20_.*"),
          word("CIPHER-ALL", ".*"),
          word("AEAD", ".*_(GCM|CHACHA20)_.*"),
          word("SHA1", ".*_CBC_SHA"),
          word("SHA256", ".*_CBC_SHA256"),
          word("SHA384", ".*_CBC_SHA384"),
          word("MAC-ALL", ".*"),
          word("RSA", "TLS_RSA_.*"),
          word("ECDHE-RSA", "TLS_ECDHE_RSA_.*"),
          word("ECDHE-ECDSA", "TLS_ECDHE_ECDSA_.*"),
          word("DHE-RSA", "TLS_DHE_RSA_.*"),
          word("DHE-DSS", "TLS_DHE_DSS_.*"),
          word("KX-ALL", ".*"));

  /** Right words for what no TLS engine of this build has any more. */
  private static final Set<String> GONE =
      Set.of(
          "3DES-CBC",
          "ARCFOUR-128",
          "ARCFOUR-40",
          "CAMELLIA-128-CBC",
          "CAMELLIA-256-CBC",
          "CAMELLIA-128-GCM",
          "CAMELLIA-256-GCM",
          "AES-128-CCM",
          "AES-256-CCM",
          "NULL",
          "MD5",
          "ANON-DH",
          "ANON-ECDH",
          "PSK",
          "DHE-PSK",
          "ECDHE-PSK",
          "RSA-PSK",
          "SRP",
          "SRP-RSA",
          "SRP-DSS",
          "RSA-EXPORT",
          "COMP-NULL",
          "COMP-DEFLATE",
          "COMP-ALL",
          "VERS-SSL3.0",
          "VERS-TLS1.0",
          "VERS-TLS1.1");

  private PriorityString() {}

  private static Map.Entry<String, Predicate<String>> word(String word, String suites) {
    return Map.entry(word, Pattern.compile(suites).asMatchPredicate());
  }

  /** Whether {@code text} begins with a keyword of GnuTLS. */
  static boolean recognises(String text) {
    return KEYWORDS.containsKey(keyword(text));
  }

  private static String keyword(String text) {
    int end = text.indexOf(':');
    return (end < 0 ? text : text.substring(0, end)).toUpperCase(Locale.ROOT);
  }

  /** The suites that are left, the preferred first. */
  static List<String> suites(String text) {
    List<String> all = CipherList.possible(OpenSSLCipherConfigurationParser.parse("ALL"));
    String keyword = keyword(text);
    Predicate<String> base = Pattern.compile(KEYWORDS.getOrDefault(keyword, "")).asMatchPredicate();
    List<String> chosen = new ArrayList<>(all.stream().filter(base).toList());
    List<String> put = new ArrayList<>();
    String[] words = text.split(":", -1);
    for (int i = 1; i < words.length; i++) {
      modify(words[i].toUpperCase(Locale.ROOT), chosen, put);
    }
    // from nothing a suite needs its cipher, its MAC and its key exchange
    int needed = keyword.equals("NONE") ? 3 : 1;
    for (String suite : all) {
      if (!chosen.contains(suite)
          && put.stream().filter(word -> names(word, suite)).count() >= needed) {
        chosen.add(suite);
      }
    }
    return List.copyOf(chosen);
  }

  private static void modify(String word, List<String> chosen, List<String> put) {
    String name = word.isEmpty() ? "" : word.substring(1);
    boolean plus = word.startsWith("+");
    boolean known = WORDS.containsKey(name) || GONE.contains(name);
    boolean minus = word.startsWith("-") || word.startsWith("!");
    if (!known || !(plus || minus)) {
      throw new IllegalArgumentException(
          "unknown in a priority string, or no matter of cipher suites: \"" + word + "\"");
    }
    if (plus) {
      put.add(name);
    } else {
      chosen.removeIf(suite -> names(name, suite));
      put.remove(name);
    }
  }

  private static boolean names(String word, String suite) {
    return WORDS.getOrDefault(word, nothing -> false).test(suite);
  }
}
