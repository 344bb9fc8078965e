package org.impetusmta.testkit.peers;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * FreeRADIUS (Debian: freeradius), on 127.0.0.1 and, where the machine has it, ::1. It signs its
 * answers, but for the one that lets {@link #UNSIGNED} in. Single.
 */
public final class FreeRadius extends Daemon {
  /** What it shares with who asks. */
  public static final String SECRET = "s3cret";

  /** A user whose acceptance has no Message-Authenticator. */
  public static final String UNSIGNED = "unsigned";

  private static final String LISTEN =
      """
      listen {
        type = auth
        ipv6addr = ::1
        port = PORT
      }
      """;

  private final Path server;
  private final Map<String, String> passwords;

  private FreeRadius(Path server, Map<String, String> passwords) throws IOException {
    super("freeradius", "freerad");
    this.server = server;
    this.passwords = passwords;
  }

  /** Starts one that knows these passwords, by user. */
  public static FreeRadius launch(Map<String, String> passwords)
      throws IOException, InterruptedException {
    return launch(new FreeRadius(installed("freeradius", "freeradius"), passwords));
  }

  private static boolean hasIpv6() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral("::1"))) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  protected void prepare() throws IOException {
    file(
        "users",
        passwords.entrySet().stream()
            .map(
                entry ->
                    "\"%s\" Cleartext-Password := \"%s\"\n"
                        .formatted(entry.getKey(), entry.getValue()))
            .collect(Collectors.joining()));
    file(
        "radiusd.conf",
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
          proto = *
          secret = SECRET
        }
        client lo6 {
          ipv6addr = ::1
          secret = SECRET
        }
        server default {
          listen {
            type = auth
            ipaddr = 127.0.0.1
            port = PORT
          }
          # so that a test sees when it is there
          listen {
            type = auth
            proto = tcp
            ipaddr = 127.0.0.1
            port = PORT
          }
          IPV6
          authorize {
            files
            pap
          }
          authenticate {
            pap
          }
          post-auth {
            if (&User-Name != "UNSIGNED") {
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
            .replace("IPV6", hasIpv6() ? LISTEN : "")
            .replace("FOLDER", folder().toString())
            .replace("SECRET", SECRET)
            .replace("UNSIGNED", UNSIGNED)
            .replace("PORT", Integer.toString(port())));
  }

  @Override
  protected List<String> command() {
    return List.of(server.toString(), "-f", "-d", folder().toString());
  }
}
