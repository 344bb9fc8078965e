package org.impetusmta.delivery.esmtp;

import java.time.Duration;
import org.impetusmta.delivery.esmtp.EsmtpOptions.Send8BitMime;

/** Options of the dialogue for tests. */
final class TestOptions {
  private TestOptions() {}

  static EsmtpOptions seconds(int seconds) {
    return of(Duration.ofSeconds(seconds), "__hostname__", Send8BitMime.NO);
  }

  /** Bodies that stayed in a file are sent from it. */
  static EsmtpOptions sendfile() {
    return sendfile(Duration.ofSeconds(20));
  }

  static EsmtpOptions sendfile(Duration timeout) {
    return new EsmtpOptions(
        timeout,
        timeout,
        timeout,
        timeout,
        timeout,
        timeout,
        "__hostname__",
        Send8BitMime.NO,
        true);
  }

  static EsmtpOptions of(Duration timeout, String ehloHostname, Send8BitMime send8BitMime) {
    return new EsmtpOptions(
        timeout, timeout, timeout, timeout, timeout, timeout, ehloHostname, send8BitMime, false);
  }
}
