package org.impetusmta.api.ecstream;

/** What arrived is no ECStream, or breaks one of its limits. */
public final class EcStreamException extends Exception {
  private static final long serialVersionUID = 1L;

  public EcStreamException(String message) {
    super(message);
  }
}
