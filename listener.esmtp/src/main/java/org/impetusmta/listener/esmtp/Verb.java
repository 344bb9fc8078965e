package org.impetusmta.listener.esmtp;

/** What one verb does with its command line. */
@FunctionalInterface
interface Verb {
  /** {@code line[0, length)} is the whole command without its CR LF. */
  void run(EsmtpSession session, byte[] line, int length);
}
