package org.impetusmta.testkit.policy;

import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.reception.AcceptConstruct;
import org.impetusmta.api.reception.SmtpDialogue;
import org.impetusmta.api.reception.Transaction;

/**
 * An SMTP session from 127.0.0.1:4711 to 127.0.0.1:25 that notes what a command of a module tells
 * it. Single.
 */
public final class NotedDialogue implements SmtpDialogue {
  private final Context context = new Context();
  private final List<String> told = new ArrayList<>();
  private String remote = "127.0.0.1:4711";

  /** The connection's dictionary. */
  public Context context() {
    return context;
  }

  /** What it was told, {@code client /192.0.2.7:25} for one; a test may clear it. */
  public List<String> told() {
    return told;
  }

  /** Says where the client is. */
  public void remote(String address) {
    remote = address;
  }

  @Override
  public AcceptConstruct connection() {
    return (AcceptConstruct)
        Proxy.newProxyInstance(
            AcceptConstruct.class.getClassLoader(),
            new Class<?>[] {AcceptConstruct.class},
            (proxy, called, arguments) ->
                switch (called.getName()) {
                  case "context" -> context;
                  case "remote" -> remote;
                  case "local" -> "127.0.0.1:25";
                  default -> throw new AssertionError(called);
                });
  }

  @Override
  public Optional<Transaction> transaction() {
    return Optional.empty();
  }

  @Override
  public void client(InetSocketAddress client) {
    told.add("client " + client);
  }

  @Override
  public void server(InetSocketAddress server) {
    told.add("server " + server);
  }

  @Override
  public void greeting(String domain, boolean extended) {
    told.add((extended ? "EHLO " : "HELO ") + domain);
  }
}
