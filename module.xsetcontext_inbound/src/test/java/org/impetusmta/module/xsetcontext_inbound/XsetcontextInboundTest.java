package org.impetusmta.module.xsetcontext_inbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.reception.AcceptConstruct;
import org.impetusmta.api.reception.SmtpDialogue;
import org.impetusmta.api.reception.Transaction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class XsetcontextInboundTest {
  private final Context context = new Context();
  private final List<String> told = new ArrayList<>();
  private final String remote = "127.0.0.1:4711";

  private int say(String argument) {
    return new XsetcontextInbound().command(argument, new Noting()).orElseThrow().code();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "=b", "a=b c", "a=b=c", "a=+zz", "a=x+00", "a=+FF"})
  void allPairsAreSetOrNone(String argument) {
    assertThat(say("first=1")).isEqualTo(250);
    assertThat(say("second=2 " + argument)).isEqualTo(501);
    assertThat(context.size()).isEqualTo(1);
  }

  @Test
  void whatWasSetIsReplaced() {
    assertThat(say("a=1 b+2Bc=x+20y e=")).isEqualTo(250);
    assertThat(say("a=2")).isEqualTo(250);
    assertThat(context.asMap())
        .containsExactly(Map.entry("a", "2"), Map.entry("b+c", "x y"), Map.entry("e", ""));
  }

  @Test
  void aContextDoesNotGrowForEver() {
    for (int i = 0; i < XsetcontextInbound.MOST; i++) {
      assertThat(say("k" + i + "=v")).isEqualTo(250);
    }
    assertThat(say("one=more")).isEqualTo(452);
    assertThat(say("k1=other")).isEqualTo(250);
    assertThat(context.size()).isEqualTo(XsetcontextInbound.MOST);
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
