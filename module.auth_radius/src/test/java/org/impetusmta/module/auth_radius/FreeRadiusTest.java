package org.impetusmta.module.auth_radius;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthParameters;
import org.impetusmta.api.auth.AuthQuery;
import org.impetusmta.api.auth.AuthStatus;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.testkit.module.TestModule;
import org.impetusmta.testkit.module.TestStanza;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A FreeRADIUS of this test's own, with its folder and port. */
class FreeRadiusTest {
  private static final Path PROGRAM = Path.of("/usr/sbin/freeradius");

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
    try (DatagramSocket socket =
        new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
      return socket.getLocalPort();
    }
  }

  private void configure(int port) throws IOException {
    Files.writeString(
        folder.resolve("users"),
        """
        alice Cleartext-Password := "secret"
        unsigned Cleartext-Password := "secret"
        "o'brien;--@example.com" Cleartext-Password := "sec ret"
        """);
    Files.writeString(
        folder.resolve("radiusd.conf"),
        """
        prefix = /usr
        raddbdir = FOLDER
        logdir = FOLDER
        run_dir = FOLDER
        libdir = /usr/lib/freeradius
        log {
          destination = files
          file = FOLDER/log
        }
        security {
          reject_delay = 0
        }
        thread pool {
          start_servers = 1
          max_servers = 2
          min_spare_servers = 1
          max_spare_servers = 2
        }
        modules {
          pap {
          }
          files {
            usersfile = FOLDER/users
          }
        }
        client lo {
          ipaddr = 127.0.0.1
          secret = s3cret
        }
        client lo6 {
          ipv6addr = ::1
          secret = s3cret
        }
        server default {
          listen {
            type = auth
            ipaddr = 127.0.0.1
            port = PORT
          }
          listen {
            type = auth
            ipv6addr = ::1
            port = PORT
          }
          authorize {
            files
            pap
          }
          authenticate {
            pap
          }
          post-auth {
            if (&User-Name != "unsigned") {
              update reply {
                Message-Authenticator := 0x00
              }
            }
            Post-Auth-Type REJECT {
              update reply {
                Message-Authenticator := 0x00
              }
            }
          }
        }
        """
            .replace("FOLDER", folder.toString())
            .replace("PORT", Integer.toString(port)));
  }

  private void start() throws IOException {
    Path log = folder.resolve("log");
    Files.deleteIfExists(log);
    process =
        new ProcessBuilder(PROGRAM.toString(), "-f", "-d", folder.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("out").toFile())
            .start();
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> Files.exists(log) && Files.readString(log).contains("Ready to process"));
  }

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
    assumeTrue(Files.isExecutable(PROGRAM), "the package freeradius is not installed");
    int port = freePort();
    configure(port);
    AuthRadius radius = module("127.0.0.1:" + port, "s3cret");
    assertThatThrownBy(() -> ask(radius, "alice", "secret")).isInstanceOf(AuthException.class);
    start();
    assertThat(ask(radius, "alice", "secret")).isEqualTo(AuthStatus.PASS);
    assertThat(ask(radius, "alice", "wrong")).isEqualTo(AuthStatus.FAIL);
    assertThat(ask(radius, "nobody", "secret")).isEqualTo(AuthStatus.FAIL);
    assertThat(ask(radius, "o'brien;--@example.com", "sec ret")).isEqualTo(AuthStatus.PASS);
    assertThat(ask(module("[::1]:" + port, "s3cret"), "alice", "secret"))
        .isEqualTo(AuthStatus.PASS);
    assertThatThrownBy(() -> ask(radius, "unsigned", "secret")).isInstanceOf(AuthException.class);
    AuthRadius other = module("127.0.0.1:" + port, "other");
    assertThatThrownBy(() -> ask(other, "alice", "secret")).isInstanceOf(AuthException.class);
    stop();
    assertThatThrownBy(() -> ask(radius, "alice", "secret")).isInstanceOf(AuthException.class);
    start();
    assertThat(ask(radius, "alice", "secret")).isEqualTo(AuthStatus.PASS);
  }
}
