package org.impetusmta.delivery.esmtp;

/**
 * A part of the dialogue of one {@link EsmtpConnection}: the {@link Opening}, the {@link Exchange}
 * of mail, the {@link Ending}. One is in charge at a time. Confined to the connection's loop.
 */
interface Phase {
  /** A reply that was owed is there; {@link EsmtpConnection#reply} has its text. */
  void replied(int code);

  /** The input at hand is used up, and {@link EsmtpConnection#proceedLater} was called. */
  void proceed();
}
