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
import org.impetusmta.api.hook.ValidateConnect;
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
 * 250 lets mail pass and only tells policy, in the connection context: of a loop over our own
 * addresses where it comes in again. Concurrent. Source: modules.mail_loop.
 */
@Module(name = "mail_loop", kind = Module.Kind.VALIDATE, description = "Mail loop detection")
@Component(
    factory = Module.FACTORY + "mail_loop",
    service = {ValidateConnect.class, ValidateDataSpool.class, VetoHostConnection.class})
public final class MailLoop implements ValidateConnect, ValidateDataSpool, VetoHostConnection {
  private final Options options;
  private final SelfConnects self;

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
    this.self = new SelfConnects(own);
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
    if (!options.useIp() || address.isUnresolved() || !self.isOwn(address.getAddress())) {
      return Optional.empty();
    }
    if (options.code() == 250) {
      self.goesTo(address);
      return Optional.empty();
    }
    return Optional.of(loop());
  }

  /** A connection from an own address to a port that mail was sent to from here. */
  @Override
  public Verdict validateConnect(AcceptConstruct connection) {
    if (options.useIp()
        && options.code() == 250
        && connection.remoteAddress().filter(self::isOwn).isPresent()
        && self.wentTo(port(connection.local()))) {
      connection.context().set("mail_loop_ip", "match");
    }
    return Verdict.CONTINUE;
  }

  /** The port of {@code ip:port}; -1 of what has none. */
  private static int port(String end) {
    String digits = end.substring(end.lastIndexOf(':') + 1);
    return digits.matches("\\d{1,5}") ? Integer.parseInt(digits) : -1;
  }

  private Reply loop() {
    return new Reply(options.code(), options.code() / 100 + ".4.6", "mail loop detected");
  }
}
