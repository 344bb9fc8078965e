package org.impetusmta.tls;

import java.net.InetAddress;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;

/**
 * Whether a certificate is that of a host (RFC 9525): one of its dNSNames is the host's name, where
 * {@code *} stands for one whole label at the left. The common name counts only where a certificate
 * has no dNSName at all and it is asked for (RFC 6125 section 6.4.4). Thread-safety: read-only.
 */
public final class HostNames {
  private static final int DNS_NAME = 2;
  private static final int IP_ADDRESS = 7;

  private HostNames() {}

  /** Whether {@code certificate} is for one of {@code names}. */
  public static boolean match(
      X509Certificate certificate, Collection<String> names, boolean commonName) {
    List<String> presented = alternatives(certificate, DNS_NAME);
    if (presented.isEmpty() && commonName) {
      commonName(certificate.getSubjectX500Principal()).ifPresent(presented::add);
    }
    List<String> addresses = alternatives(certificate, IP_ADDRESS);
    for (String name : names) {
      String wanted = plain(name);
      boolean found =
          isAddress(wanted)
              ? addresses.stream().anyMatch(address -> sameAddress(address, wanted))
              : presented.stream().anyMatch(pattern -> matches(plain(pattern), wanted));
      if (found) {
        return true;
      }
    }
    return false;
  }

  /** The names that a certificate has, for messages. */
  public static String of(X509Certificate certificate) {
    List<String> names = alternatives(certificate, DNS_NAME);
    return names.isEmpty() ? name(certificate.getSubjectX500Principal()) : String.join(", ", names);
  }

  /** The common name of {@code principal}, or all of it where it has none. */
  public static String name(X500Principal principal) {
    return commonName(principal).orElse(principal.getName());
  }

  /** The common name of {@code principal}. */
  public static Optional<String> commonName(X500Principal principal) {
    try {
      for (Rdn part : new LdapName(principal.getName()).getRdns().reversed()) {
        if (part.getType().equalsIgnoreCase("CN") && part.getValue() instanceof String name) {
          return Optional.of(name);
        }
      }
    } catch (InvalidNameException _) {
      // a name that cannot be taken apart has no common name
    }
    return Optional.empty();
  }

  private static List<String> alternatives(X509Certificate certificate, int type) {
    List<String> found = new ArrayList<>();
    try {
      Collection<List<?>> all = certificate.getSubjectAlternativeNames();
      if (all != null) {
        for (List<?> one : all) {
          if (one.size() == 2
              && Integer.valueOf(type).equals(one.get(0))
              && one.get(1) instanceof String name) {
            found.add(name);
          }
        }
      }
    } catch (CertificateParsingException _) {
      // names that cannot be read match nothing
    }
    return found;
  }

  /** Both in lower case, without a final dot. */
  private static boolean matches(String pattern, String name) {
    if (pattern.isEmpty() || name.isEmpty() || pattern.indexOf('\0') >= 0) {
      return false;
    }
    if (!pattern.startsWith("*.")) {
      return pattern.equals(name);
    }
    int dot = name.indexOf('.');
    String rest = pattern.substring(2);
    return dot > 0 && rest.indexOf('.') > 0 && rest.equals(name.substring(dot + 1));
  }

  /** In lower case, without a final dot or the brackets of an address literal. */
  public static String plain(String name) {
    String plain = name.toLowerCase(Locale.ROOT);
    if (plain.startsWith("[") && plain.endsWith("]")) {
      plain = plain.substring(1, plain.length() - 1);
      return plain.startsWith("ipv6:") ? plain.substring(5) : plain;
    }
    return plain.endsWith(".") ? plain.substring(0, plain.length() - 1) : plain;
  }

  /** Whether {@code name} is the text of an address. */
  public static boolean isAddress(String name) {
    int last = name.isEmpty() ? 0 : name.charAt(name.length() - 1);
    return name.indexOf(':') >= 0 || (last >= '0' && last <= '9' && name.matches("[0-9.]+"));
  }

  private static boolean sameAddress(String one, String other) {
    try {
      return isAddress(one) && InetAddress.ofLiteral(one).equals(InetAddress.ofLiteral(other));
    } catch (IllegalArgumentException _) {
      return false;
    }
  }
}
