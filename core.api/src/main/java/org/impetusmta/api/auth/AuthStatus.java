package org.impetusmta.api.auth;

/** What an attempt to authenticate came to; {@link #text} is the value of {@code auth_status}. */
public enum AuthStatus {
  /** The client is who it says. */
  PASS("pass"),
  /** It is not, as far as it could show. */
  FAIL("fail"),
  /** Nobody can say now: the source of passwords does not answer. */
  ERROR("error");

  private final String text;

  AuthStatus(String text) {
    this.text = text;
  }

  public String text() {
    return text;
  }
}
