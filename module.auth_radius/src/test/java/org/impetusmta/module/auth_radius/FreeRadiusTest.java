package org.impetusmta.module.auth_radius;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthParameters;
import org.impetusmta.api.auth.AuthQuery;
import org.impetusmta.api.auth.AuthStatus;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.testkit.module.TestModule;
import org.impetusmta.testkit.module.TestStanza;
import org.impetusmta.testkit.peers.FreeRadius;
import org.junit.jupiter.api.Test;

/** Before a real FreeRADIUS (Debian: freeradius). */
class FreeRadiusTest {
  private static AuthRadius module(String host, String secret) throws ConfigException {
    return new AuthRadius(
        TestModule.properties(
            TestStanza.of("auth_radius")
                .say("nas-identifier", "impetus")
                .with(
                    TestStanza.of("server", "one")
                        .say("host", host)
                        .say("secret", secret)
                        .say("timeout", "2")
                        .say("max_tries", "1"))));
  }

  private static AuthStatus ask(AuthRadius module, String user, String password)
      throws AuthException {
    AuthParameters parameters = AuthParameters.parse(Map.of("uri", "radius://"));
    return module
        .authenticate(
            new AuthQuery(AuthMechanism.LOGIN, parameters, user, "", Optional.empty()), password)
        .status();
  }

  @Test
  void asksARealServer() throws Exception {
    try (FreeRadius server =
        FreeRadius.launch(
            Map.of(
                "alice",
                "secret",
                FreeRadius.UNSIGNED,
                "secret",
                "o'brien;--@example.com",
                "sec ret"))) {
      int port = server.port();
      AuthRadius radius = module("127.0.0.1:" + port, FreeRadius.SECRET);
      assertThat(ask(radius, "alice", "secret")).isEqualTo(AuthStatus.PASS);
      assertThat(ask(radius, "alice", "wrong")).isEqualTo(AuthStatus.FAIL);
      assertThat(ask(radius, "nobody", "secret")).isEqualTo(AuthStatus.FAIL);
      assertThat(ask(radius, "o'brien;--@example.com", "sec ret")).isEqualTo(AuthStatus.PASS);
      assertThat(ask(module("[::1]:" + port, FreeRadius.SECRET), "alice", "secret"))
          .isEqualTo(AuthStatus.PASS);
      assertThatThrownBy(() -> ask(radius, FreeRadius.UNSIGNED, "secret"))
          .isInstanceOf(AuthException.class);
      AuthRadius other = module("127.0.0.1:" + port, "other");
      assertThatThrownBy(() -> ask(other, "alice", "secret")).isInstanceOf(AuthException.class);
      server.kill();
      AuthRadius early = module("127.0.0.1:" + port, FreeRadius.SECRET);
      for (AuthRadius one : List.of(radius, early)) {
        assertThatThrownBy(() -> ask(one, "alice", "secret")).isInstanceOf(AuthException.class);
      }
      server.start();
      for (AuthRadius one : List.of(radius, early)) {
        assertThat(ask(one, "alice", "secret")).isEqualTo(AuthStatus.PASS);
      }
    }
  }
}
