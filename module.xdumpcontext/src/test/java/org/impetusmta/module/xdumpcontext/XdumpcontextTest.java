package org.impetusmta.module.xdumpcontext;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.reception.AcceptConstruct;
import org.impetusmta.api.reception.SmtpDialogue;
import org.impetusmta.api.reception.Transaction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class XdumpcontextTest {
  private final Context context = new Context();
  private final List<String> told = new ArrayList<>();
  private final String remote = "127.0.0.1:4711";

  @ParameterizedTest
  @ValueSource(
      strings = {"outbound_smtp_auth_pass", "outbound_smtp_auth_key", "Api_Token", "client_secret"})
  void secretsAreNotShown(String key) {
    context.set(key, "hush");
    assertThat(dumped()).isEqualTo("[connection] " + key + " (not shown)\nXDUMPCONTEXT complete");
  }

  @Test
  void aValueStaysInItsLine() {
    context.set("a\rb", "x\r\n250 forged\u0000" + "y".repeat(1000));
    assertThat(dumped())
        .isEqualTo(
            "[connection] a?b x??250 forged?"
                + "y".repeat(400 - 14)
                + " (cut)\nXDUMPCONTEXT complete");
  }

  private String dumped() {
    return new Xdumpcontext().command("", new Noting()).orElseThrow().text();
  }

  /** A session that notes what it is told. */
  private final class Noting implements SmtpDialogue {
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
}
