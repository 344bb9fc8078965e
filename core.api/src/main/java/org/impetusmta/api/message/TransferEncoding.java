package org.impetusmta.api.message;

/** Content-Transfer-Encoding (RFC 2045 section 6). */
public enum TransferEncoding {
  SEVEN_BIT("7bit"),
  EIGHT_BIT("8bit"),
  QUOTED_PRINTABLE("quoted-printable"),
  BASE64("base64");

  private final String text;

  TransferEncoding(String text) {
    this.text = text;
  }

  /** As a header field says it. */
  public String text() {
    return text;
  }
}
