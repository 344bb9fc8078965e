package org.impetusmta.module.snmp;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.snmp4j.CommunityTarget;
import org.snmp4j.MessageDispatcherImpl;
import org.snmp4j.PDU;
import org.snmp4j.Snmp;
import org.snmp4j.mp.MPv2c;
import org.snmp4j.mp.SnmpConstants;
import org.snmp4j.smi.OID;
import org.snmp4j.smi.OctetString;
import org.snmp4j.smi.UdpAddress;
import org.snmp4j.smi.VariableBinding;
import org.snmp4j.transport.DefaultUdpTransportMapping;

/** Sends traps of SNMPv2c to each destination. Concurrent. Source: RFC 3416, 4.2.6. */
final class TrapSender implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(TrapSender.class);

  private final Snmp snmp;
  private final List<Destination> destinations;

  /** Where traps go. */
  record Destination(UdpAddress address, String community) {}

  /**
   * A trap.
   *
   * @param id its name in the MIB
   * @param object what it is about
   */
  record Trap(OID id, Optional<VariableBinding> object) {}

  TrapSender(List<Destination> destinations) throws IOException {
    this.destinations = destinations;
    MessageDispatcherImpl dispatcher = new MessageDispatcherImpl();
    dispatcher.addMessageProcessingModel(new MPv2c());
    this.snmp = new Snmp(dispatcher, new DefaultUdpTransportMapping());
  }

  /** The server starts. */
  static Trap start() {
    return new Trap(Oids.of(Oids.TRAPS, 1), Optional.empty());
  }

  /** The server ends. */
  static Trap end() {
    return new Trap(Oids.of(Oids.TRAPS, 2), Optional.empty());
  }

  /** Sends it to all; one that cannot be reached is logged and does not keep it from the others. */
  void send(Trap trap) {
    for (Destination destination : destinations) {
      PDU pdu = new PDU();
      pdu.setType(PDU.TRAP);
      pdu.add(new VariableBinding(SnmpConstants.sysUpTime, Mib.upTime()));
      pdu.add(new VariableBinding(SnmpConstants.snmpTrapOID, trap.id()));
      trap.object().ifPresent(pdu::add);
      CommunityTarget<UdpAddress> target =
          new CommunityTarget<>(destination.address(), new OctetString(destination.community()));
      target.setVersion(SnmpConstants.version2c);
      try {
        snmp.send(pdu, target);
      } catch (IOException e) {
        LOG.error("no trap to {}: {}", destination.address(), e.getMessage());
      }
    }
  }

  @Override
  public void close() throws IOException {
    snmp.close();
  }
}
