package org.impetusmta.module.maildir;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.ServerName;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.delivery.LocalDelivery;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.scheduler.Scheduler;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Puts the mail of some domains into maildirs of this machine, {@code basedir/[domain/]localpart}.
 * Mail is in the spool first, and leaves it when its file and the folder's entry of it are on the
 * disk. Concurrent. Source: modules.maildir; the form is that of qmail's maildir(5).
 */
@Module(name = "maildir", kind = Module.Kind.IO_SYSTEM, description = "Delivery to maildirs")
@Component(factory = Module.FACTORY + "maildir", service = DeliveryMethod.class)
public final class MaildirStore extends LocalDelivery {
  private static final int CONCURRENCY = 16;

  /** The options of a maildir stanza. */
  @OptionSet("maildir")
  public record Options(
      @Option(doc = "the folder that holds the mailboxes, an absolute path")
          Optional<String> basedir,
      @Option(
              value = "0700",
              unit = Option.Unit.OCTAL,
              min = 0,
              max = 0777,
              doc = "mode of folders that it makes")
          int dirmode,
      @Option(
              value = "0600",
              unit = Option.Unit.OCTAL,
              min = 0,
              max = 0777,
              doc = "mode of the files of messages")
          int filemode,
      @Option(value = "false", doc = "whether mailboxes that do not exist are made")
          boolean createUsers,
      @Option(value = "false", doc = "whether the path of a mailbox has the domain in it")
          boolean domainInPath,
      @Option(value = "false", doc = "whether it takes the mail of all domains") boolean allDomains,
      @Option(doc = "the domains whose mail it takes") List<String> domains) {}

  private final boolean all;
  private final Set<String> domains = new HashSet<>();
  private final Mailboxes mailboxes;

  @Activate
  public MaildirStore(Map<String, Object> properties, @Reference Scheduler scheduler)
      throws ConfigException {
    this(
        ModuleStanza.of(properties).instance(),
        ModuleStanza.of(properties).options(Options.class),
        ModuleStanza.of(properties).generation().options(ServerName.class, ScopePath.GLOBAL).name(),
        scheduler);
  }

  MaildirStore(String instance, Options options, String hostName, Scheduler scheduler)
      throws ConfigException {
    super(instance, scheduler.pool("IO"), CONCURRENCY);
    String basedir = options.basedir().orElse("");
    if (!basedir.startsWith("/")) {
      throw new ConfigException("basedir = \"" + basedir + "\": expected an absolute path");
    }
    all = options.allDomains();
    for (String domain : options.domains()) {
      domains.add(domain.toLowerCase(Locale.ROOT));
    }
    mailboxes = new Mailboxes(options, basedir, hostName);
  }

  @Override
  public boolean claims(String domain) {
    return all || domains.contains(domain);
  }

  @Override
  protected Reply deliver(Message message, Body body) {
    Address to = message.recipient();
    return mailboxes.deliver(
        to, message.sender(), message.id().toString(), message.receivedMillis(), body);
  }
}
