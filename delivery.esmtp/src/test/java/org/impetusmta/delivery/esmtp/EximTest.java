package org.impetusmta.delivery.esmtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.impetusmta.testkit.net.NettyTestLoop;
import org.impetusmta.testkit.peers.Daemon;
import org.junit.jupiter.api.Test;

/** Exim as the next hop: PIPELINING and CHUNKING of another make, a limit of size. */
final class EximTest {
  private static final Path EXIM = RealServer.PEERS.resolve("usr/sbin/exim4");

  /** Runs from where it was unpacked. Single. */
  private static final class Exim extends Daemon {
    private Exim() throws IOException {
      super("exim");
    }

    static Exim launch() throws Exception {
      String debianPackage = "exim4-daemon-light (unpacked to " + RealServer.PEERS + ")";
      installed(EXIM, debianPackage);
      needsRoot(debianPackage);
      return launch(new Exim());
    }

    Path mail() {
      return folder().resolve("mail");
    }

    @Override
    protected void prepare() throws IOException {
      for (Path open : List.of(folder(), Files.createDirectory(mail()))) {
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
      }
      file(
          "exim.conf",
          """
          primary_hostname = exim.example
          spool_directory = %1$s/spool
          log_file_path = %1$s/%%slog
          pid_file_path = %1$s/pid
          exim_user = nobody
          exim_group = nogroup
          never_users =
          keep_environment = LD_LIBRARY_PATH
          exim_path = %2$s
          acl_smtp_rcpt = rcpt
          acl_smtp_data = accept
          message_size_limit = 100K
          pipelining_advertise_hosts = *
          chunking_advertise_hosts = *
          tls_advertise_hosts =
          host_lookup =
          rfc1413_hosts =
          recipient_unqualified_hosts =
          begin acl
          rcpt:
            deny message = no such user
                 local_parts = nobody
            accept
          begin routers
          all:
            driver = accept
            transport = maildir
          begin transports
          maildir:
            driver = appendfile
            maildir_format
            directory = %1$s/mail/box
            user = nobody
            group = nogroup
          """
              .formatted(folder(), EXIM));
    }

    @Override
    protected List<String> command() {
      return List.of(
          "env",
          "LD_LIBRARY_PATH=" + RealServer.PEERS + "/usr/lib/x86_64-linux-gnu",
          EXIM.toString(),
          "-C",
          folder().resolve("exim.conf").toString(),
          "-bdf",
          "-oX",
          "127.0.0.1." + port());
    }
  }

  @Test
  void takesOurMail() throws Exception {
    NettyTestLoop loop = NettyTestLoop.best();
    try (Exim exim = Exim.launch()) {
      RealServer.deliverSome(loop, exim.port());
      assertThat(RealServer.mails(exim.mail(), "Subject: first", 2))
          .allMatch(text -> text.stripTrailing().endsWith("\n\n.\n.dot\nHello"));
      assertThat(RealServer.mails(exim.mail(), "Subject: last", 1)).hasSize(1);
    } finally {
      loop.close();
    }
  }
}
