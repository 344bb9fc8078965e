package org.impetusmta.module.xremoteip_inbound;

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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class XremoteipInboundTest {
  private final Context context = new Context();
  private final List<String> told = new ArrayList<>();
  private String remote = "127.0.0.1:4711";

  @ParameterizedTest
  @CsvSource({
    "192.0.2.7, client /192.0.2.7:4711",
    "2001:db8::1, client /[2001:db8:0:0:0:0:0:1]:4711",
    "[2001:db8::1], client /[2001:db8:0:0:0:0:0:1]:4711",
    "[IPv6:2001:db8::1], client /[2001:db8:0:0:0:0:0:1]:4711",
    "'', ",
    "localhost, ",
    "1, ",
    "192.0.2.256, ",
    "fe80::1%lo, ",
    "192.0.2.7 x, "
  })
  void onlyAnAddressIsTaken(String argument, @Nullable String expected) {
    var reply = new XremoteipInbound().command(argument, new Noting());
    assertThat(reply.orElseThrow().code()).isEqualTo(expected == null ? 501 : 250);
    assertThat(told).isEqualTo(expected == null ? List.of() : List.of(expected));
  }

  @Test
  void aUnixSocketHasNoPort() {
    remote = "unix";
    assertThat(new XremoteipInbound().command("192.0.2.7", new Noting())).isPresent();
    assertThat(told).containsExactly("client /192.0.2.7:0");
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
