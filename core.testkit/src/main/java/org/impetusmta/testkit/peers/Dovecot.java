package org.impetusmta.testkit.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Dovecot with one of its servers (Debian: dovecot-lmtpd, dovecot-submissiond). Single. */
public final class Dovecot extends Daemon {
  private final Path program;
  private final String protocol;
  private final String service;
  private final String users;
  private final String settings;

  private Dovecot(Path program, String protocol, String service, String users, String settings)
      throws IOException {
    super("dovecot");
    this.program = program;
    this.protocol = protocol;
    this.service = service;
    this.users = users;
    this.settings = settings;
  }

  /**
   * Starts one that takes mail by LMTP.
   *
   * @param users its passwd-file
   * @param settings more lines of dovecot.conf; FOLDER in them is its folder
   */
  public static Dovecot lmtp(String users, String settings)
      throws IOException, InterruptedException {
    return launch(new Dovecot(program("lmtp", "dovecot-lmtpd"), "lmtp", "lmtp", users, settings));
  }

  /** Starts one that takes mail by SMTP from users who have shown their passwords. */
  public static Dovecot submission(String users, String settings)
      throws IOException, InterruptedException {
    return launch(
        new Dovecot(
            program("submission-login", "dovecot-submissiond"),
            "submission",
            "submission-login",
            users,
            settings));
  }

  private static Path program(String server, String debianPackage) {
    installed(Path.of("/usr/lib/dovecot", server), debianPackage);
    return installedForRoot("dovecot", debianPackage);
  }

  /** Where FOLDER{@code /mail} lets mail arrive. */
  public Path mail() {
    return folder().resolve("mail");
  }

  /** What it logged. */
  public String log() throws IOException {
    return Files.readString(folder().resolve("log"));
  }

  @Override
  protected void prepare() throws IOException, InterruptedException {
    Files.createDirectory(mail());
    run("chown", "nobody", mail().toString());
    selfSigned();
    file("users", users);
    file(
        "dovecot.conf",
        """
        base_dir = FOLDER/run
        state_dir = FOLDER/state
        log_path = FOLDER/log
        protocols = PROTOCOL
        listen = 127.0.0.1
        ssl_cert = <FOLDER/cert.pem
        ssl_key = <FOLDER/key.pem
        passdb {
          driver = passwd-file
          args = FOLDER/users
        }
        first_valid_uid = 1
        service SERVICE {
          inet_listener PROTOCOL {
            address = 127.0.0.1
            port = PORT
          }
        }
        SETTINGS
        """
            .replace("SETTINGS", settings)
            .replace("FOLDER", folder().toString())
            .replace("SERVICE", service)
            .replace("PROTOCOL", protocol)
            .replace("PORT", Integer.toString(port())));
  }

  @Override
  protected List<String> command() {
    return List.of(program.toString(), "-F", "-c", folder().resolve("dovecot.conf").toString());
  }
}
