package org.impetusmta.module.snmp;

import org.snmp4j.smi.OID;

/** Names of what is served and sent. Source: snmp-mib, RFC 2789, RFC 3418. */
final class Oids {
  /** {@code system} of SNMPv2-MIB. */
  static final OID SYSTEM = new OID("1.3.6.1.2.1.1");

  /** {@code mta} of MTA-MIB. */
  static final OID MTA = new OID("1.3.6.1.2.1.28");

  static final OID ECELERITY = new OID("1.3.6.1.4.1.19552.1");
  static final OID DOMAINS = new OID(ECELERITY).append(2);
  static final OID GROUPS = new OID(ECELERITY).append(3);
  static final OID TRAPS = new OID(ECELERITY).append(4);
  static final OID UNLINK = new OID(ECELERITY).append(5);

  private Oids() {}

  /** {@code base} with more numbers behind it. */
  static OID of(OID base, int... more) {
    OID oid = new OID(base);
    for (int number : more) {
      oid.append(number);
    }
    return oid;
  }
}
