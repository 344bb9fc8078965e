package org.impetusmta.module.snmp;

import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.snmp4j.CommandResponder;
import org.snmp4j.CommandResponderEvent;
import org.snmp4j.MessageException;
import org.snmp4j.PDU;
import org.snmp4j.PDUv1;
import org.snmp4j.mp.MessageProcessingModel;
import org.snmp4j.mp.StatusInformation;
import org.snmp4j.smi.Address;
import org.snmp4j.smi.Null;
import org.snmp4j.smi.OID;
import org.snmp4j.smi.OctetString;
import org.snmp4j.smi.Variable;
import org.snmp4j.smi.VariableBinding;

/**
 * Answers GET, GETNEXT and GETBULK of SNMPv1 and v2c; there is nothing to set. Who does not know
 * the community gets no answer. Runs on the thread of the library's socket. Source: RFC 3416.
 */
final class Responder implements CommandResponder {
  /** Objects in one answer at most, so that it fits into a datagram. */
  private static final int MOST = 256;

  /** Octets of an answer's objects at most: what surrounds them is small. */
  private static final int MOST_OCTETS = 32_000;

  private static final Logger LOG = LoggerFactory.getLogger(Responder.class);

  private final OctetString community;
  private final Mib mib;

  Responder(String community, Mib mib) {
    this.community = new OctetString(community);
    this.mib = mib;
  }

  @Override
  public <A extends Address> void processPdu(CommandResponderEvent<A> event) {
    PDU request = event.getPDU();
    if (request == null || !community.equals(new OctetString(event.getSecurityName()))) {
      return;
    }
    boolean v1 = event.getMessageProcessingModel() == MessageProcessingModel.MPv1;
    PDU answer = v1 ? new PDUv1() : new PDU();
    answer.setType(PDU.RESPONSE);
    answer.setRequestID(request.getRequestID());
    switch (request.getType()) {
      case PDU.GET, PDU.GETNEXT -> each(request, answer, v1);
      case PDU.GETBULK -> bulk(request, answer);
      case PDU.SET -> refuse(request, answer, v1 ? PDU.readOnly : PDU.notWritable, 1);
      default -> {
        return;
      }
    }
    event.setProcessed(true);
    send(event, answer);
  }

  private static <A extends Address> void send(CommandResponderEvent<A> event, PDU answer) {
    try {
      event
          .getMessageDispatcher()
          .returnResponsePdu(
              event.getMessageProcessingModel(),
              event.getSecurityModel(),
              event.getSecurityName(),
              event.getSecurityLevel(),
              answer,
              event.getMaxSizeResponsePDU(),
              event.getStateReference(),
              new StatusInformation());
    } catch (MessageException e) {
      LOG.warn("no answer to {}: {}", event.getPeerAddress(), e.getMessage());
    }
  }

  private static void refuse(PDU request, PDU answer, int status, int index) {
    answer.setVariableBindings(new ArrayList<>(request.getVariableBindings()));
    answer.setErrorStatus(status);
    answer.setErrorIndex(index);
  }

  private void each(PDU request, PDU answer, boolean v1) {
    int index = 1;
    for (VariableBinding asked : request.getVariableBindings()) {
      VariableBinding found =
          request.getType() == PDU.GET ? get(asked.getOid()) : next(asked.getOid());
      if (v1 && found.isException()) {
        refuse(request, answer, PDU.noSuchName, index);
        return;
      }
      if (index > MOST || octets(answer) > MOST_OCTETS) {
        refuse(request, answer, PDU.tooBig, 0);
        return;
      }
      answer.add(found);
      index++;
    }
  }

  private void bulk(PDU request, PDU answer) {
    int once = Math.clamp(request.getNonRepeaters(), 0, request.size());
    for (int i = 0; i < once; i++) {
      answer.add(next(request.get(i).getOid()));
    }
    OID[] at = new OID[request.size() - once];
    for (int i = 0; i < at.length; i++) {
      at[i] = request.get(once + i).getOid();
    }
    boolean end = at.length == 0;
    for (int round = 0; round < request.getMaxRepetitions() && !end; round++) {
      end = true;
      for (int i = 0; i < at.length; i++) {
        if (answer.size() >= MOST || octets(answer) > MOST_OCTETS) {
          return;
        }
        VariableBinding found = next(at[i]);
        answer.add(found);
        at[i] = found.getOid();
        end &= found.isException();
      }
    }
  }

  private static int octets(PDU answer) {
    return answer.getBERLength();
  }

  private VariableBinding get(OID oid) {
    return new VariableBinding(oid, mib.get(oid).orElse(Null.noSuchObject));
  }

  private VariableBinding next(OID oid) {
    Optional<Map.Entry<OID, Variable>> next = mib.next(oid);
    return next.map(found -> new VariableBinding(found.getKey(), found.getValue()))
        .orElseGet(() -> new VariableBinding(oid, Null.endOfMibView));
  }
}
