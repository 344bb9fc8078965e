package org.impetusmta.core.reception;

import org.impetusmta.api.message.Context;
import org.jspecify.annotations.Nullable;

/**
 * What a client called itself in HELO, EHLO or LHLO: its keys in the connection dictionary, and
 * what a Received field says of the client and the protocol. Single; owned by the session's loop.
 */
final class InboundGreeting {
  private static final String STRING = "ehlo_string";
  private static final String DOMAIN = "ehlo_domain";

  private final InboundConversation session;
  private String domain = "";

  /** What the client greeted with: {@code h}elo, {@code e}hlo, {@code l}hlo. */
  private char verb;

  private byte @Nullable [] traceBeginning;

  InboundGreeting(InboundConversation session) {
    this.session = session;
    this.verb = session.protocol().equals("esmtp") ? 'h' : 'e';
  }

  /** What the client called itself; empty: nothing yet. */
  String domain() {
    return domain;
  }

  /**
   * The client said {@code name}.
   *
   * @param line the whole command
   */
  void said(String name, String line) {
    domain = name;
    verb = session.protocol().equals("esmtp") ? (char) (line.charAt(0) | ' ') : 'e';
    traceBeginning = null;
    session.context().set(STRING, line);
    session.context().set(DOMAIN, name);
  }

  /** The client has not said anything. */
  void forget() {
    domain = "";
    traceBeginning = null;
    session.context().remove(STRING);
    session.context().remove(DOMAIN);
  }

  /** The client is another, or what is configured for it. */
  void changed() {
    traceBeginning = null;
  }

  /** The Received field up to the sender; the same for all mail until the next EHLO. */
  byte[] traceBeginning() {
    byte[] known = traceBeginning;
    if (known == null) {
      Endpoint remote = session.remote;
      known =
          TraceHeader.beginning(
              remote.ip(), remote.text(), domain, session.pathway().receivedHostname());
      traceBeginning = known;
    }
    return known;
  }

  /** What follows {@code with} in the Received field of a message. */
  String with(Context message) {
    return TraceProtocol.word(session.protocol(), verb, session.context(), message);
  }
}
