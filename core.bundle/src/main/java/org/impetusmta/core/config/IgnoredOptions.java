package org.impetusmta.core.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.jspecify.annotations.Nullable;

/**
 * Options that are accepted for the sake of old configurations and change nothing; whoever says one
 * is warned where. Immutable. Source: config.ssl_lock_method, config.crypto_lock_method,
 * conf.ref.crypto_engine.
 */
@OptionSet("global")
public record IgnoredOptions(
    @Option(
            value = "mutex",
            dynamic = false,
            doc = "Accepted and ignored with a warning: how the TLS library locked")
        SslLock sslLockMethod,
    @Option(
            value = "EC_SSL_DEFAULTLOCK",
            dynamic = false,
            doc = "Accepted and ignored with a warning: how the cryptographic library locked")
        CryptoLock cryptoLockMethod,
    @Option(doc = "Accepted and ignored with a warning: hardware that was to do the cryptography")
        Optional<String> cryptoEngine) {
  private static final List<String> NAMES =
      List.of("ssl_lock_method", "crypto_lock_method", "crypto_engine");

  /** Values of {@code ssl_lock_method}. */
  public enum SslLock {
    MUTEX,
    SPINLOCK,
    DEFAULT
  }

  /** Values of {@code crypto_lock_method}. */
  public enum CryptoLock {
    EC_SSL_SPINLOCK,
    EC_SSL_MUTEX,
    EC_SSL_DEFAULTLOCK
  }

  /**
   * One line for each such option in {@code now}; where {@code old} has the same line it was warned
   * of already.
   */
  static List<String> warnings(@Nullable ConfigScope old, ConfigScope now) {
    List<String> warnings = new ArrayList<>();
    for (String name : NAMES) {
      ConfigOption option = now.option(name);
      if (option != null && (old == null || !Objects.equals(option, old.option(name)))) {
        warnings.add(
            option.where() + ": the option " + name + " is ignored: it has no effect any more");
      }
    }
    return warnings;
  }
}
