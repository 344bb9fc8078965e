package org.impetusmta.testkit.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Postfix (Debian: postfix) with the mailboxes of {@code destination.example}; it relays nothing.
 * Single.
 */
public final class Postfix extends Daemon {
  private final Path program;
  private final String mailboxes;
  private final String settings;

  private Postfix(Path program, String mailboxes, String settings) throws IOException {
    super("postfix");
    this.program = program;
    this.mailboxes = mailboxes;
    this.settings = settings;
  }

  /**
   * Starts one.
   *
   * @param mailboxes a table of addresses and their maildirs below {@link #mail}, such as {@code
   *     a@destination.example=a/, b@destination.example=b/}
   * @param settings more lines of main.cf
   */
  public static Postfix launch(String mailboxes, String settings)
      throws IOException, InterruptedException {
    return launch(new Postfix(installedForRoot("postfix", "postfix"), mailboxes, settings));
  }

  /** Where mail arrives. */
  public Path mail() {
    return folder().resolve("mail");
  }

  /** What it logged. */
  public String log() throws IOException {
    return Files.readString(folder().resolve("maillog"));
  }

  @Override
  protected void prepare() throws IOException, InterruptedException {
    for (String name : List.of("etc", "mail", "data", "queue")) {
      Files.createDirectory(folder().resolve(name));
    }
    run("chown", "nobody", mail().toString());
    run("chown", "postfix", folder().resolve("data").toString());
    file(
        "etc/main.cf",
        """
        compatibility_level = 3.6
        queue_directory = %1$s/queue
        data_directory = %1$s/data
        maillog_file = %1$s/maillog
        maillog_file_prefixes = %1$s
        multi_instance_enable = no
        inet_interfaces = loopback-only
        inet_protocols = ipv4
        myhostname = postfix.example
        mydestination =
        alias_maps =
        virtual_mailbox_domains = destination.example
        virtual_mailbox_maps = inline:{%2$s}
        virtual_mailbox_base = %1$s/mail
        virtual_uid_maps = static:65534
        virtual_gid_maps = static:65534
        smtpd_relay_restrictions = reject_unauth_destination
        %3$s
        """
            .formatted(folder(), mailboxes, settings));
    file(
        "etc/master.cf",
        """
        127.0.0.1:%d inet n - n - - smtpd
        postlog unix-dgram n - n - 1 postlogd
        cleanup unix n - n - 0 cleanup
        qmgr unix n - n 300 1 qmgr
        rewrite unix - - n - - trivial-rewrite
        bounce unix - - n - 0 bounce
        defer unix - - n - 0 bounce
        trace unix - - n - 0 bounce
        error unix - - n - - error
        retry unix - - n - - error
        virtual unix - n n - - virtual
        anvil unix - - n - 1 anvil
        scache unix - - n - 1 scache
        proxymap unix - - n - - proxymap
        """
            .formatted(port()));
  }

  @Override
  protected List<String> command() {
    return List.of(program.toString(), "-c", folder().resolve("etc").toString(), "start-fg");
  }
}
