package org.impetusmta.testkit;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;

/**
 * A zone with one key, made for it (ECDSA P-256), that signs each answer when it is asked for (RFC
 * 4034). A name that does not exist is denied as one without records (NSEC at the name itself, RFC
 * 4470 in spirit). Read-only.
 */
final class SignedZone {
  private static final long TTL = 300;
  private static final int ZONE_AND_ENTRY_POINT = 257;
  private static final Duration LONG = Duration.ofDays(3_650);

  private final Name apex;
  private final KeyPair pair;
  private final DNSKEYRecord key;

  SignedZone(Name apex) {
    this.apex = apex;
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      this.pair = generator.generateKeyPair();
      this.key =
          new DNSKEYRecord(
              apex,
              DClass.IN,
              TTL,
              ZONE_AND_ENTRY_POINT,
              DNSKEYRecord.Protocol.DNSSEC,
              DNSSEC.Algorithm.ECDSAP256SHA256,
              pair.getPublic());
    } catch (GeneralSecurityException | DNSSEC.DNSSECException e) {
      throw new IllegalStateException(e);
    }
  }

  boolean holds(Name name) {
    return name.subdomain(apex);
  }

  Name apex() {
    return apex;
  }

  DNSKEYRecord key() {
    return key;
  }

  /** The digest of its key, by which who trusts it knows it. */
  DSRecord anchor() {
    return new DSRecord(apex, DClass.IN, TTL, DNSSEC.Digest.SHA256, key);
  }

  /** The signature of records of one name and type. */
  RRSIGRecord signature(RRset set, boolean broken) {
    Instant now = Instant.now();
    try {
      RRSIGRecord good = DNSSEC.sign(set, key, pair.getPrivate(), now.minus(LONG), now.plus(LONG));
      if (!broken) {
        return good;
      }
      byte[] octets = good.getSignature().clone();
      octets[7] ^= 1;
      return new RRSIGRecord(
          good.getName(),
          good.getDClass(),
          good.getTTL(),
          good.getTypeCovered(),
          good.getAlgorithm(),
          good.getOrigTTL(),
          good.getExpire(),
          good.getTimeSigned(),
          good.getFootprint(),
          good.getSigner(),
          octets);
    } catch (DNSSEC.DNSSECException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What stands beside a denial. */
  static SOARecord authority(Name apex, long ttl) {
    return new SOARecord(apex, DClass.IN, ttl, apex, apex, 1, 3600, 600, 86_400, ttl);
  }

  /** What proves that {@code name} has no other types than {@code types}. */
  List<Record> denial(Name name, SortedSet<Integer> types) {
    SortedSet<Integer> there = new TreeSet<>(types);
    there.add(Type.RRSIG);
    there.add(Type.NSEC);
    if (name.equals(apex)) {
      there.add(Type.SOA);
      there.add(Type.NS);
      there.add(Type.DNSKEY);
    }
    int[] list = there.stream().mapToInt(Integer::intValue).toArray();
    try {
      Name next = Name.concatenate(Name.fromConstantString("\\000"), name);
      return List.of(authority(apex, TTL), new NSECRecord(name, DClass.IN, TTL, next, list));
    } catch (NameTooLongException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
