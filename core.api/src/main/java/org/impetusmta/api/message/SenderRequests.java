package org.impetusmta.api.message;

/**
 * Keys of the message dictionary for what the sender asked for with the parameters of MAIL and
 * RCPT. They are spooled with the message, so what was asked for holds after a restart. Policy may
 * set them before the message is stored.
 */
public final class SenderRequests {
  /** RET (RFC 3461 section 4.3): {@code FULL} or {@code HDRS}. */
  public static final String DSN_RET = "dsn_ret";

  /** ENVID (RFC 3461 section 4.4), in xtext. */
  public static final String DSN_ENVID = "dsn_envid";

  /**
   * NOTIFY (RFC 3461 section 4.1), of this recipient: {@code NEVER}, or some of {@code SUCCESS},
   * {@code FAILURE}, {@code DELAY} separated by commas, in capitals.
   */
  public static final String DSN_NOTIFY = "dsn_notify";

  /** ORCPT (RFC 3461 section 4.2), of this recipient: {@code type;address}, in xtext. */
  public static final String DSN_ORCPT = "dsn_orcpt";

  /** SMTPUTF8 (RFC 6531) was declared; any value. */
  public static final String SMTPUTF8 = "smtputf8";

  /** HOLDFOR or HOLDUNTIL (RFC 4865): not to leave before, seconds since 1970. */
  public static final String HOLD_UNTIL = "hold_until";

  /** BY (RFC 2852): when it has to be delivered, seconds since 1970. */
  public static final String DELIVER_BY = "deliver_by";

  /**
   * BY (RFC 2852): {@code R} to be returned or {@code N} to be reported when {@link #DELIVER_BY}
   * has passed; {@code T} behind it asks for a trace.
   */
  public static final String DELIVER_BY_MODE = "deliver_by_mode";

  /** MT-PRIORITY (RFC 6710): {@code -9} to {@code 9}; above 0 goes before others. */
  public static final String MT_PRIORITY = "mt_priority";

  private SenderRequests() {}
}
