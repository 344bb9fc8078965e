package org.impetusmta.api.delivery;

/**
 * How far an outbound connection has come; logs write {@link #code}. Source:
 * log_formats.connection.stages.
 */
public enum Stage {
  NOT_CONNECTED(0, "while not connected"),
  IDLE(1, "while idle"),
  MAIL_FROM(2, "during MAIL FROM"),
  AFTER_MAIL_FROM(3, "after MAIL FROM"),
  RCPT_TO(4, "during RCPT TO"),
  AFTER_RCPT_TO(5, "after RCPT TO"),
  DATA(6, "during DATA"),
  AFTER_DATA(7, "after DATA"),
  BODY(8, "while sending BODY"),
  CONFIRMATION(9, "reading confirmation"),
  EHLO(10, "during EHLO"),
  AFTER_EHLO(11, "after EHLO"),
  BANNER(12, "reading BANNER"),
  RSET(13, "during RSET"),
  AFTER_RSET(14, "after RSET"),
  STARTTLS(15, "during STARTTLS"),
  AFTER_STARTTLS(16, "after STARTTLS"),
  TLS_HANDSHAKE(17, "handshaking TLS"),
  TLS_RENEGOTIATION(18, "renegotiating TLS"),
  XCLIENT(19, "during XCLIENT"),
  AFTER_XCLIENT(20, "after XCLIENT"),
  OUT_OF_BAND(21, "out of band bounce"),
  UNKNOWN(22, "in unknown state");

  private final int code;
  private final String text;

  Stage(int code, String text) {
    this.code = code;
    this.text = text;
  }

  /** The number in logs. */
  public int code() {
    return code;
  }

  /** The words in console output. */
  public String text() {
    return text;
  }
}
