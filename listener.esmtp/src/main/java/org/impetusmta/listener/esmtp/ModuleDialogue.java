package org.impetusmta.listener.esmtp;

import java.net.InetSocketAddress;
import java.util.Optional;
import org.impetusmta.api.reception.AcceptConstruct;
import org.impetusmta.api.reception.SmtpDialogue;
import org.impetusmta.api.reception.Transaction;

/** A session for the verbs of modules. Single; owned by the session's event loop. */
record ModuleDialogue(EsmtpSession session) implements SmtpDialogue {
  @Override
  public AcceptConstruct connection() {
    return session.inbound();
  }

  @Override
  public Optional<Transaction> transaction() {
    return session.inbound().transaction();
  }

  @Override
  public void client(InetSocketAddress client) {
    session.inbound().client(EsmtpListener.scope(session.socket().name(), client), client);
  }

  @Override
  public void server(InetSocketAddress server) {
    session.inbound().server(server);
  }

  @Override
  public void greeting(String domain, boolean extended) {
    session.inbound().greeting(domain, extended);
  }
}
