package org.impetusmta.core.reception;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;
import org.impetusmta.api.hook.InboundSmtpTlsVerify;
import org.impetusmta.api.hook.InboundTlsParameters;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.reception.AcceptConstruct;
import org.impetusmta.api.tls.InboundTls;
import org.impetusmta.api.tls.InboundTlsChoice;
import org.impetusmta.core.hook.HookEntry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What policy is asked of TLS on an inbound connection, and the variables that it finds in the
 * connection dictionary. Called on the session's loop; keeps nothing. Source:
 * policy.context.variables.
 */
final class InboundSecurity {
  private static final Logger LOG = LoggerFactory.getLogger(InboundSecurity.class);
  private static final int LONGEST = 1_000;

  private InboundSecurity() {}

  /** What modules want, the last word counting; one that fails has none. */
  static InboundTlsChoice choice(ReceptionHooks hooks, AcceptConstruct connection) {
    InboundTlsChoice wanted = InboundTlsChoice.NONE;
    for (HookEntry<InboundTlsParameters> entry : hooks.tlsParameters().entries()) {
      try {
        wanted = entry.hook().inboundTlsParameters(connection, wanted);
      } catch (RuntimeException | LinkageError cause) {
        LOG.error("module {} failed in inbound_tls_parameters", entry.module(), cause);
      }
    }
    return wanted;
  }

  /**
   * Whether modules agree with the verdict on the client's certificate; one that fails does not.
   */
  static InboundTls verified(
      ReceptionHooks hooks, AcceptConstruct connection, InboundTls established) {
    InboundTls judged = established;
    for (HookEntry<InboundSmtpTlsVerify> entry : hooks.tlsVerify().entries()) {
      boolean good = false;
      try {
        good = entry.hook().inboundSmtpTlsVerify(connection, judged);
      } catch (RuntimeException | LinkageError cause) {
        LOG.error("module {} failed in inbound_smtp_tls_verify", entry.module(), cause);
      }
      judged = judged.verified(good);
    }
    return judged;
  }

  /** Sets the variables. */
  static void describe(InboundTls tls, Context context) {
    context.set("tls", "on");
    context.set("tls_protocol", tls.protocol());
    context.set("tls_cipher", tls.cipher());
    if (tls.algorithmBits() > 0) {
      context.set("tls_cipher_algbits", Integer.toString(tls.algorithmBits()));
      context.set("tls_cipher_usebits", Integer.toString(tls.usedBits()));
    }
    if (!tls.serverName().isEmpty()) {
      context.set("tls_server_name", printable(tls.serverName()));
    }
    if (!tls.clientCertificates().isEmpty()) {
      X509Certificate own = tls.clientCertificates().getFirst();
      name(own.getSubjectX500Principal(), "tls_client_cert_subject", context);
      name(own.getIssuerX500Principal(), "tls_client_cert_issuer", context);
    }
    if (tls.verified()) {
      context.set("tls_client_verified", "yes");
    }
  }

  private static void name(X500Principal principal, String key, Context context) {
    List<Rdn> parts;
    try {
      parts = new LdapName(principal.getName()).getRdns();
    } catch (InvalidNameException _) {
      context.set(key, printable(principal.getName()));
      return;
    }
    // the order of the certificate, /O=Tests/CN=client, as OpenSSL writes it on one line
    StringBuilder line = new StringBuilder();
    Optional<String> common = Optional.empty();
    for (Rdn part : parts) {
      String value = part.getValue() instanceof String text ? text : "?";
      line.append('/').append(part.getType()).append('=').append(value);
      if (part.getType().equalsIgnoreCase("CN")) {
        common = Optional.of(value);
      }
    }
    context.set(key, printable(line.toString()));
    common.ifPresent(value -> context.set(key + "_cn", printable(value)));
  }

  /** What a client chose, fit for logs. */
  private static String printable(String text) {
    StringBuilder clean = new StringBuilder(Math.min(text.length(), LONGEST));
    text.codePoints()
        .limit(LONGEST)
        .map(point -> Character.isISOControl(point) || unprintable(point) ? '?' : point)
        .forEach(clean::appendCodePoint);
    return clean.toString();
  }

  private static boolean unprintable(int point) {
    return switch (Character.getType(point)) {
      case Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          true;
      default -> false;
    };
  }
}
