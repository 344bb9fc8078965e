package org.impetusmta.module.xclient_inbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.Reply;
import org.impetusmta.testkit.policy.NotedDialogue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class XclientInboundTest {
  private final NotedDialogue dialogue = new NotedDialogue();
  private final Context context = dialogue.context();
  private final List<String> told = dialogue.told();

  private Optional<Reply> say(String argument) {
    return new XclientInbound().command(argument, dialogue);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "NAME",
        "NAME=",
        "=x",
        "COLOUR=red",
        "ADDR=client.example",
        "ADDR=192.0.2",
        "ADDR=192.0.2.256",
        "ADDR=IPV6:fe80::1%eth0",
        "ADDR=10",
        "PORT=65536",
        "PORT=-1",
        "PROTO=HTTP",
        "HELO=a+20b",
        "NAME=a+0D+0Ab",
        "LOGIN=",
        "NAME=a  b=c"
      })
  void whatIsWrongChangesNothing(String argument) {
    assertThat(say(argument)).map(Reply::code).contains(501);
    assertThat(told).isEmpty();
    assertThat(context.size()).isZero();
  }

  @Test
  void theSessionIsSomebodyElses() {
    assertThat(
            say("name=spike.example ADDR=192.0.2.7 PORT=25 HELO=spike PROTO=smtp LOGIN=al+2Bice"))
        .isEmpty();
    assertThat(told).containsExactly("client /192.0.2.7:25", "HELO spike");
    assertThat(context.asMap())
        .containsExactly(
            Map.entry("remote_host", "spike.example"),
            Map.entry("auth_user", "al+ice"),
            Map.entry("auth_status", "pass"),
            Map.entry("can_relay", "true"));
  }

  @Test
  void whatWasNotSaidStays() {
    assertThat(say("ADDR=IPV6:2001:db8::1")).isEmpty();
    assertThat(told).containsExactly("client /[2001:db8:0:0:0:0:0:1]:4711", "EHLO ");
    told.clear();
    dialogue.remote("[2001:db8::2]:99");
    assertThat(say("PORT=25 DESTADDR=198.51.100.1")).isEmpty();
    assertThat(told)
        .containsExactly("client /[2001:db8:0:0:0:0:0:2]:25", "server /198.51.100.1:25", "EHLO ");
  }

  @Test
  void whatIsNotKnownGoes() {
    context.set("remote_host", "old.example");
    context.set("auth_user", "alice");
    context.set("auth_groups", "admin");
    assertThat(say("NAME=[UNAVAILABLE] LOGIN=[unavailable] ADDR=[TEMPUNAVAIL]")).isEmpty();
    assertThat(told).containsExactly("client /0.0.0.0:4711", "EHLO ");
    assertThat(context.size()).isZero();
  }
}
