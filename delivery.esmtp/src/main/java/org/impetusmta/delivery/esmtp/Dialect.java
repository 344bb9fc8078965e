package org.impetusmta.delivery.esmtp;

/**
 * What a peer is greeted with, and how it answers for a message. Source: conf.ref.delivery_method.
 */
enum Dialect {
  /** RFC 5321: EHLO, and HELO where the peer does not know it. */
  ESMTP,
  /** RFC 821: HELO, no extensions. */
  SMTP,
  /** RFC 2033: LHLO, and after the dot a reply for each recipient. */
  LMTP;

  /** The name of the delivery method. */
  String method() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
