package org.impetusmta.core.reception;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;
import org.impetusmta.api.hook.InboundSmtpTlsVerify;
import org.impetusmta.api.hook.InboundTlsParameters;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.Reception.Outcome;
import org.impetusmta.api.tls.InboundTls;
import org.impetusmta.api.tls.InboundTlsChoice;
import org.impetusmta.core.hook.HookEntry;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What TLS does to a session: its hooks, the variables that policy finds in the connection
 * dictionary, and that who is verified may relay where that is configured. Single; owned by the
 * session's loop. Source: policy.context.variables.
 */
final class InboundSecurity {
  private static final Logger LOG = LoggerFactory.getLogger(InboundSecurity.class);
  private static final int LONGEST = 1_000;

  private static final Outcome SECURED = new Outcome(new Reply(220, "", ""), false);

  private final InboundConversation session;
  private final ReceptionHooks hooks;
  private @Nullable InboundTls tls;

  InboundSecurity(InboundConversation session) {
    this.session = session;
    this.hooks = session.reception.hooks;
  }

  /** What a handshake came to. */
  Optional<InboundTls> tls() {
    return Optional.ofNullable(tls);
  }

  /** What modules want, the last word counting; one that fails has none. */
  InboundTlsChoice choice() {
    InboundTlsChoice wanted = InboundTlsChoice.NONE;
    for (HookEntry<InboundTlsParameters> entry : hooks.tlsParameters().entries()) {
      try {
        wanted = entry.hook().inboundTlsParameters(session, wanted);
      } catch (RuntimeException | LinkageError cause) {
        LOG.error("module {} failed in inbound_tls_parameters", entry.module(), cause);
      }
    }
    return wanted;
  }

  /** A handshake was done, and what the client said before is forgotten. */
  void secured(InboundTls established, Consumer<Outcome> then) {
    InboundTls judged = verified(established);
    tls = judged;
    describe(judged, session.context());
    if (judged.verified() && session.options.tlsVerifiedPeerCanRelay()) {
      session.context().set("can_relay", "true");
    }
    Decision decision =
        hooks.tlsPostAccept().isEmpty()
            ? Decision.PASSED
            : session.phases.run(
                "tls_post_accept",
                hooks.tlsPostAccept(),
                false,
                hook -> hook.inboundSmtpTlsPostAccept(session, judged),
                later -> session.answers.answer(later, SECURED, then));
    if (decision != null) {
      session.answers.answer(decision, SECURED, then);
    }
  }

  /**
   * Whether modules agree with the verdict on the client's certificate; one that fails does not.
   */
  private InboundTls verified(InboundTls established) {
    InboundTls judged = established;
    for (HookEntry<InboundSmtpTlsVerify> entry : hooks.tlsVerify().entries()) {
      boolean good = false;
      try {
        good = entry.hook().inboundSmtpTlsVerify(session, judged);
      } catch (RuntimeException | LinkageError cause) {
        LOG.error("module {} failed in inbound_smtp_tls_verify", entry.module(), cause);
      }
      judged = judged.verified(good);
    }
    return judged;
  }

  /** Sets the variables. */
  private static void describe(InboundTls tls, Context context) {
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
