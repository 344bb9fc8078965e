package org.impetusmta.module.snmp;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.queue.QueueFigures;
import org.impetusmta.api.spool.Spool;
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.snmp4j.MessageDispatcherImpl;
import org.snmp4j.Snmp;
import org.snmp4j.mp.MPv1;
import org.snmp4j.mp.MPv2c;
import org.snmp4j.smi.UdpAddress;
import org.snmp4j.transport.DefaultUdpTransportMapping;

/**
 * The stanza {@code SNMP}: an agent that answers SNMPv1 and v2c on one UDP socket, with a thread of
 * the library's. Concurrent. Source: conf.ref.snmp.
 */
@Module(
    name = "snmp",
    kind = Module.Kind.SINGLETON,
    singleton = "true",
    description = "SNMP agent: MTA-MIB and figures of bindings and domains")
@Component(factory = Module.FACTORY + "snmp", service = SnmpAgent.class)
public final class SnmpAgent {
  private final Optional<Snmp> agent;
  private final Optional<UdpAddress> address;

  /** The options of the stanza. */
  @OptionSet("snmp")
  public record Options(
      @Option(value = "true", doc = "Whether the agent runs") boolean state,
      @Option(doc = "Address and UDP port that the agent listens at") Optional<String> address,
      @Option(value = "public", doc = "The community that may read") String community,
      @Option(doc = "sysContact: who looks after the server") Optional<String> syscontact,
      @Option(doc = "sysDescr: what the server is") Optional<String> sysdescription,
      @Option(doc = "sysLocation: where it stands") Optional<String> syslocation) {}

  /**
   * Begins to listen.
   *
   * @throws ConfigException when the address is none, or taken
   */
  @Activate
  public SnmpAgent(
      Map<String, Object> properties, @Reference QueueFigures queues, @Reference Spool spool)
      throws ConfigException {
    this(ModuleStanza.of(properties).options(Options.class), queues, spool);
  }

  SnmpAgent(Options options, QueueFigures queues, Spool spool) throws ConfigException {
    if (!options.state()) {
      agent = Optional.empty();
      address = Optional.empty();
      return;
    }
    UdpAddress wanted = Endpoint.parse("in snmp: address", options.address().orElse(""));
    Mib mib = new Mib(said(options), queues, spool, System::nanoTime);
    try {
      DefaultUdpTransportMapping socket = new DefaultUdpTransportMapping(wanted);
      MessageDispatcherImpl dispatcher = new MessageDispatcherImpl();
      dispatcher.addMessageProcessingModel(new MPv1());
      dispatcher.addMessageProcessingModel(new MPv2c());
      Snmp snmp = new Snmp(dispatcher, socket);
      snmp.addCommandResponder(new Responder(options.community(), mib));
      snmp.listen();
      agent = Optional.of(snmp);
      address = Optional.of(socket.getListenAddress());
    } catch (IOException e) {
      throw new ConfigException(
          "in snmp: address = \"%s\": cannot listen: %s"
              .formatted(options.address().orElse(""), e.getMessage()));
    }
  }

  private static Mib.Agent said(Options options) {
    Bundle bundle = FrameworkUtil.getBundle(SnmpAgent.class); // null outside a framework
    String version = bundle == null ? "development" : bundle.getVersion().toString();
    return new Mib.Agent(
        options.sysdescription().orElse("Impetus " + version),
        options.syscontact().orElse(""),
        options.syslocation().orElse(""),
        version);
  }

  /** Where it listens; empty when it does not. */
  Optional<UdpAddress> address() {
    return address;
  }

  @Deactivate
  void close() throws IOException {
    if (agent.isPresent()) {
      agent.get().close();
    }
  }
}
