package org.impetusmta.api.tls;

/**
 * A TLSA record (RFC 6698 section 2.1). Immutable.
 *
 * @param usage 2: DANE-TA, 3: DANE-EE; 0 and 1 are unusable for SMTP (RFC 7672 section 3.1.3)
 * @param selector 0: the whole certificate, 1: its SubjectPublicKeyInfo
 * @param matchingType 0: the octets themselves, 1: their SHA-256, 2: their SHA-512
 * @param association the certificate association data in lower-case hexadecimal
 */
public record TlsaRecord(int usage, int selector, int matchingType, String association) {}
