package org.impetusmta.module.smtp_auth_proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthStatus;
import org.impetusmta.testkit.log.Program;
import org.impetusmta.testkit.module.TestModule;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dovecot's submission server as the one that knows the passwords, with STARTTLS. */
class DovecotSubmissionTest {
  private static final Path PROGRAM = Path.of("/usr/lib/dovecot/submission-login");

  @TempDir
  @SuppressWarnings("NullAway.Init")
  Path folder;

  private @Nullable Process process;

  @AfterEach
  void stop() throws InterruptedException {
    Process running = process;
    if (running != null) {
      running.destroy();
      if (!running.waitFor(10, TimeUnit.SECONDS)) {
        running.destroyForcibly();
      }
      process = null;
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      return socket.getLocalPort();
    }
  }

  private void configure(int port, int relay) throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Program.run(
        "openssl",
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
        "-keyout",
        folder.resolve("key.pem").toString(),
        "-out",
        folder.resolve("cert.pem").toString());
    Files.writeString(folder.resolve("users"), "alice:{PLAIN}sec ret::::::\n");
    Files.writeString(
        folder.resolve("dovecot.conf"),
        """
        base_dir = FOLDER/run
        state_dir = FOLDER/state
        log_path = FOLDER/log
        protocols = submission
        ssl = yes
        ssl_cert = <FOLDER/cert.pem
        ssl_key = <FOLDER/key.pem
        auth_mechanisms = plain login
        auth_failure_delay = 0
        listen = 127.0.0.1
        submission_relay_host = 127.0.0.1
        submission_relay_port = RELAY
        hostname = dovecot.example
        mail_location = maildir:/nonexistent
        passdb {
          driver = passwd-file
          args = FOLDER/users
        }
        userdb {
          driver = static
          args = uid=65534 gid=65534 home=/nonexistent
        }
        first_valid_uid = 1
        service submission-login {
          inet_listener submission {
            address = 127.0.0.1
            port = PORT
          }
        }
        """
            .replace("FOLDER", folder.toString())
            .replace("RELAY", Integer.toString(relay))
            .replace("PORT", Integer.toString(port)));
  }

  private void start(int port) throws IOException {
    process =
        new ProcessBuilder(
                "/usr/sbin/dovecot", "-F", "-c", folder.resolve("dovecot.conf").toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("out").toFile())
            .start();
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .ignoreExceptions()
        .until(
            () -> {
              try (Socket socket = new Socket()) {
                socket.connect(
                    new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port), 1000);
                return true;
              }
            });
  }

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

  @Test
  void asksARealServer() throws Exception {
    assumeTrue(Files.isExecutable(PROGRAM), "the package dovecot-submissiond is not installed");
    assumeTrue(
        System.getProperty("user.name").equals("root"),
        "dovecot changes users and has to be started by root");
    int port = freePort();
    // Dovecot talks to its relay before it says that the user is in
    try (ScriptedServer relay =
        new ScriptedServer("220 relay", "250 relay", "250 ok", "250 ok", "250 ok")) {
      configure(port, relay.port());
      SmtpAuthProxy module = module(port);
      assertThatThrownBy(() -> ask(module, "alice", "sec ret")).isInstanceOf(AuthException.class);
      start(port);
      assertThat(ask(module, "alice", "sec ret")).isEqualTo(AuthStatus.PASS);
      assertThat(ask(module, "alice", "wrong")).isEqualTo(AuthStatus.FAIL);
      assertThat(ask(module, "nobody", "sec ret")).isEqualTo(AuthStatus.FAIL);
      assertThat(Files.readString(folder.resolve("log"))).contains("user=<alice>").contains("TLS");
      assertThat(ask(module(port, "tls", "required"), "alice", "sec ret"))
          .isEqualTo(AuthStatus.PASS);
      assertThat(ask(module(port, "tls", "false"), "alice", "sec ret")).isEqualTo(AuthStatus.PASS);
      SmtpAuthProxy verifying = module(port, "tls_verify", "true");
      assertThatThrownBy(() -> ask(verifying, "alice", "sec ret"))
          .isInstanceOf(AuthException.class);
      stop();
      assertThatThrownBy(() -> ask(module, "alice", "sec ret")).isInstanceOf(AuthException.class);
      start(port);
      assertThat(ask(module, "alice", "sec ret")).isEqualTo(AuthStatus.PASS);
    }
  }
}
