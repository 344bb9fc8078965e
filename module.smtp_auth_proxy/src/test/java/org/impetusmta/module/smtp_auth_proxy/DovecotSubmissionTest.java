package org.impetusmta.module.smtp_auth_proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthStatus;
import org.impetusmta.testkit.module.TestModule;
import org.impetusmta.testkit.peers.Dovecot;
import org.junit.jupiter.api.Test;

/** Dovecot's submission server as the one that knows the passwords, with STARTTLS. */
class DovecotSubmissionTest {
  private static SmtpAuthProxy module(int port, String... more) throws Exception {
    return new SmtpAuthProxy(
        TestModule.properties(
            SmtpAuthProxyTest.stanza(more)
                .say("host", "127.0.0.1")
                .say("port", Integer.toString(port))));
  }

  private static AuthStatus ask(SmtpAuthProxy module, String user, String password)
      throws AuthException {
    return SmtpAuthProxyTest.ask(module, user, password);
  }

  private static final String SETTINGS =
      """
      ssl = yes
      auth_mechanisms = plain login
      auth_failure_delay = 0
      submission_relay_host = 127.0.0.1
      submission_relay_port = RELAY
      hostname = dovecot.example
      mail_location = maildir:/nonexistent
      userdb {
        driver = static
        args = uid=65534 gid=65534 home=/nonexistent
      }
      """;

  @Test
  void asksARealServer() throws Exception {
    // Dovecot talks to its relay before it says that the user is in
    try (ScriptedServer relay =
            new ScriptedServer("220 relay", "250 relay", "250 ok", "250 ok", "250 ok");
        Dovecot dovecot =
            Dovecot.submission(
                "alice:{PLAIN}sec ret::::::\n",
                SETTINGS.replace("RELAY", Integer.toString(relay.port())))) {
      int port = dovecot.port();
      SmtpAuthProxy module = module(port);
      assertThat(ask(module, "alice", "sec ret")).isEqualTo(AuthStatus.PASS);
      assertThat(ask(module, "alice", "wrong")).isEqualTo(AuthStatus.FAIL);
      assertThat(ask(module, "nobody", "sec ret")).isEqualTo(AuthStatus.FAIL);
      assertThat(dovecot.log()).contains("user=<alice>").contains("TLS");
      assertThat(ask(module(port, "tls", "required"), "alice", "sec ret"))
          .isEqualTo(AuthStatus.PASS);
      assertThat(ask(module(port, "tls", "false"), "alice", "sec ret")).isEqualTo(AuthStatus.PASS);
      SmtpAuthProxy verifying = module(port, "tls_verify", "true");
      assertThatThrownBy(() -> ask(verifying, "alice", "sec ret"))
          .isInstanceOf(AuthException.class);
      dovecot.kill();
      SmtpAuthProxy early = module(port);
      for (SmtpAuthProxy one : List.of(module, early)) {
        assertThatThrownBy(() -> ask(one, "alice", "sec ret")).isInstanceOf(AuthException.class);
      }
      dovecot.start();
      for (SmtpAuthProxy one : List.of(module, early)) {
        assertThat(ask(one, "alice", "sec ret")).isEqualTo(AuthStatus.PASS);
      }
    }
  }
}
