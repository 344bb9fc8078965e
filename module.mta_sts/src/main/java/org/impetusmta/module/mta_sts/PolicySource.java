package org.impetusmta.module.mta_sts;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.tls.TlsResult;

/** Where policies are fetched from: {@link PolicyFetcher}. Concurrent. */
interface PolicySource {
  /** Fetches the policy of {@code domain}; never completed exceptionally. */
  CompletableFuture<Fetched> fetch(String domain);

  /**
   * What came of it.
   *
   * @param result {@link TlsResult#SUCCESS} with a policy, or why there is none
   * @param detail more of that in words, without control characters
   */
  record Fetched(Optional<StsPolicy> policy, TlsResult result, String detail) {
    static Fetched of(StsPolicy policy) {
      return new Fetched(Optional.of(policy), TlsResult.SUCCESS, "");
    }

    static Fetched failed(TlsResult result, String detail) {
      return new Fetched(Optional.empty(), result, printable(detail));
    }

    private static String printable(String text) {
      String shown = text.replaceAll("[^\\x20-\\x7E]", "?");
      return shown.length() > 200 ? shown.substring(0, 200) : shown;
    }
  }
}
