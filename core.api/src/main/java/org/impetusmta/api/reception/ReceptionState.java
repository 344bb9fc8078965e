package org.impetusmta.api.reception;

/**
 * Where an inbound session stands; logs and the console write {@link #text}. Source:
 * modules.reception_timing.
 */
public enum ReceptionState {
  JUST_CONNECTED("just connected"),
  SENDING_BANNER("sending banner"),
  AWAITING_EHLO("awaiting ehlo/helo"),
  SENDING_EHLO_RESPONSE("sending ehlo/helo response"),
  AWAITING_MAILFROM("awaiting mailfrom"),
  SENDING_MAILFROM_RESPONSE("sending mailfrom response"),
  AWAITING_RCPTTO("awaiting rcptto"),
  SENDING_RCPTTO_RESPONSE("sending rcptto response"),
  DATA_PHASE("data phase"),
  READING_BODY("reading body"),
  SENDING_BODY_RESPONSE("sending body response"),
  ASYNC_BODY_HANDLER("async body handler"),
  ASYNC_BODY_RESPONSE("async body response"),
  RELAYING_DENIED("relaying denied"),
  EXTENSION_1("extension 1"),
  EXTENSION_2("extension 2"),
  EXTENSION_3("extension 3"),
  EXTENSION_4("extension 4"),
  CONCURRENCY_LIMIT("concurrency limit"),
  RCPTTO_LIST_RESPONSE("rcptto list response"),
  RCPTTO_LIST_FINAL_RESPONSE("rcptto list final response"),
  ESMTP_SETUP("esmtp setup phase");

  private final String text;

  ReceptionState(String text) {
    this.text = text;
  }

  /** The words in logs and console output. The number is the ordinal. */
  public String text() {
    return text;
  }
}
