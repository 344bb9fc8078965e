package org.impetusmta.module.mail_loop;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.hook.ValidateDataSpool;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.hook.VetoHostConnection;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.reception.AcceptConstruct;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * Ends mail loops: refuses a message with too many Received fields (RFC 5321 section 6.3) and
 * forbids connections to this machine's own addresses, which are resolved once, at the start. Code
 * 250 lets mail pass and only tells policy, in the connection context. Read-only. Source:
 * modules.mail_loop.
 */
@Module(name = "mail_loop", kind = Module.Kind.VALIDATE, description = "Mail loop detection")
@Component(
    factory = Module.FACTORY + "mail_loop",
    service = {ValidateDataSpool.class, VetoHostConnection.class})
public final class MailLoop implements ValidateDataSpool, VetoHostConnection {
  private final Options options;
  private final Set<InetAddress> own;

  /** The options of a mail_loop stanza. */
  @OptionSet("mail_loop")
  public record Options(
      @Option(value = "20", min = 1, doc = "Received fields that a message may have")
          int maxReceivedHeaders,
      @Option(value = "false", doc = "whether connections to this machine are forbidden")
          boolean useIp,
      @Option(value = "554", min = 250, max = 599, doc = "reply to a loop; 250: only tell policy")
          int code) {}

  @Activate
  public MailLoop(Map<String, Object> properties) throws ConfigException, SocketException {
    this(ModuleStanza.of(properties).options(Options.class), ownAddresses());
  }

  MailLoop(Options options, Set<InetAddress> own) throws ConfigException {
    if (options.code() != 250 && options.code() < 400) {
      throw new ConfigException(
          "code = " + options.code() + ": expected 250 or a code from 400 to 599");
    }
    this.options = options;
    this.own = options.useIp() ? own : Set.of();
  }

  static Set<InetAddress> ownAddresses() throws SocketException {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public Verdict validateDataSpool(Message message, AcceptConstruct connection) {
    int received = message.body().countHeaders("Received");
    if (received <= options.maxReceivedHeaders()) {
      return Verdict.CONTINUE;
    }
    if (options.code() == 250) {
      connection.context().set("mail_loop_header_count", Integer.toString(received));
      return Verdict.CONTINUE;
    }
    Reply reply = loop();
    return Verdict.refuse(reply.code(), reply.enhanced(), reply.text());
  }

  @Override
  public Optional<Reply> vetoHostConnection(String domain, String host, InetSocketAddress address) {
    return options.code() != 250 && own.contains(address.getAddress())
        ? Optional.of(loop())
        : Optional.empty();
  }

  private Reply loop() {
    return new Reply(options.code(), options.code() / 100 + ".4.6", "mail loop detected");
  }
}
