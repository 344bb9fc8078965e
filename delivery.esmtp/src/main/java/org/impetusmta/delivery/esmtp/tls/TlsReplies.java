package org.impetusmta.delivery.esmtp.tls;

import org.impetusmta.api.message.Reply;
import org.impetusmta.api.tls.TlsResult;
import org.impetusmta.tls.Verdict;

/** Why mail was not sent for TLS. Source: message_responses; what it lacks is ours. */
public final class TlsReplies {
  public static final Reply NOT_OFFERED =
      new Reply(451, "4.7.6", "[internal] STARTTLS required but not advertised");
  public static final Reply NO_GO_AHEAD = reply("no tls go-ahead");
  public static final Reply NEGOTIATION = reply("TLS negotiation failed");
  public static final Reply NO_CONTEXT = reply("TLS parameters cannot be used");
  public static final Reply INJECTED =
      new Reply(451, "4.7.0", "[internal] data in clear text behind the reply to STARTTLS");
  static final Reply MISMATCH = reply("SSL certificate subject does not match host");
  static final Reply NOT_TRUSTED = reply("remote node SSL certificate not signed by a valid CA");
  static final Reply EXPIRED = reply("remote node SSL certificate is not valid at this time");
  static final Reply NO_RECORD = reply("remote node SSL certificate does not match TLSA records");

  private TlsReplies() {}

  private static Reply reply(String text) {
    return new Reply(451, "4.7.5", "[internal] " + text);
  }

  /** What a certificate was refused with. */
  public static Reply of(TlsDemand demand, Verdict verdict) {
    return switch (verdict.result()) {
      case CERTIFICATE_HOST_MISMATCH -> MISMATCH;
      case CERTIFICATE_EXPIRED -> EXPIRED;
      default ->
          demand.check() == TlsDemand.Check.DANE
                  && verdict.result() != TlsResult.CERTIFICATE_NOT_TRUSTED
              ? NO_RECORD
              : NOT_TRUSTED;
    };
  }
}
