package org.impetusmta.delivery.esmtp;

import org.impetusmta.api.message.Body;

/**
 * Looks whether a body may cross an SMTP connection: every CR and LF belongs to a CRLF, and no line
 * is a lone dot. A body that breaks this could end the mail data early and smuggle commands behind
 * it. Reception guarantees it for what came by SMTP; what was made here is looked at before it
 * leaves. Thread-safety: read-only.
 */
final class WireForm {
  private WireForm() {}

  /** Whether {@code body} is safe to send after DATA. Scans once, allocates nothing. */
  static boolean holds(Body body) {
    boolean afterCr = false;
    int column = 0; // of the octet in its line; 1 after a dot at the beginning, else beyond
    for (int i = 0; i < body.segments(); i++) {
      byte[] octets = body.segment(i);
      int length = body.segmentLength(i);
      for (int j = 0; j < length; j++) {
        byte octet = octets[j];
        if (afterCr != (octet == '\n')) {
          return false;
        }
        if (octet == '\r') {
          if (column == 1) {
            return false;
          }
          afterCr = true;
        } else if (octet == '\n') {
          afterCr = false;
          column = 0;
        } else {
          column = column == 0 && octet == '.' ? 1 : 2;
        }
      }
    }
    // a dot at the very end would be completed by the CRLF that is added
    return !afterCr && column != 1;
  }
}
