package org.impetusmta.tls;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.impetusmta.api.config.OptionValue;

/**
 * Cipher suites of TLS 1.3 as {@code tlsv13_ciphersuites} names them, the preferred first; those
 * with CCM are known but no TLS engine of this build has them. Immutable. Source: RFC 8446 appendix
 * B.4.
 *
 * @param suites the suites that can be used; not empty
 */
@OptionValue(expected = "names of TLS 1.3 cipher suites, separated by colons")
public record CipherSuites13(List<String> suites) {
  private static final Set<String> USABLE =
      Set.of("TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256");
  private static final Set<String> KNOWN =
      Set.of("TLS_AES_128_CCM_8_SHA256", "TLS_AES_128_CCM_SHA256");

  public CipherSuites13 {
    suites = List.copyOf(suites);
  }

  /** Reads a list. */
  public static CipherSuites13 parse(String text) {
    List<String> suites = new ArrayList<>();
    for (String word : text.strip().split(":", -1)) {
      String name = word.toUpperCase(Locale.ROOT);
      if (USABLE.contains(name)) {
        if (!suites.contains(name)) {
          suites.add(name);
        }
      } else if (!KNOWN.contains(name)) {
        throw new IllegalArgumentException("unknown TLS 1.3 cipher suite \"" + word + "\"");
      }
    }
    if (suites.isEmpty()) {
      throw new IllegalArgumentException("no cipher suite of this build is in the list");
    }
    return new CipherSuites13(suites);
  }

  /** Whether it leaves nothing out. */
  boolean all() {
    return suites.size() == USABLE.size();
  }
}
