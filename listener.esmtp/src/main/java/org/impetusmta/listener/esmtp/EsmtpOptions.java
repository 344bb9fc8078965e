package org.impetusmta.listener.esmtp;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/** What the protocol asks of the configuration, for one session's scope. Immutable. */
@OptionSet({
  Scopes.ESMTP_LISTENER,
  Scopes.LISTEN,
  Scopes.PEER,
  Scopes.PATHWAY,
  Scopes.PATHWAY_GROUP
})
record EsmtpOptions(
    @Option(doc = "The name of this host in the banner and in replies; unset or empty: hostname")
        Optional<String> bannerHostname,
    @Option(doc = "The whole banner, with its 220; empty: as unset") Optional<String> staticBanner,
    @Option(
            doc =
                "The extensions that EHLO offers, DEFAULT among them for those that are offered"
                    + " where it is unset")
        Optional<List<String>> smtpExtensions,
    @Option(
            value = "300",
            min = 0,
            doc = "Seconds without progress until the client gets 421; 0: none")
        Duration idleTime,
    @Option(
            value = "0",
            min = 0,
            max = Integer.MAX_VALUE - (1 << 20),
            unit = Option.Unit.SIZE,
            doc = "Octets of a message; 0: no limit")
        long maxMessageSize,
    @Option(value = "0", min = 0, doc = "Sessions of one Listen at a time; 0: no limit")
        int listenerSessions,
    @Option(value = "0", min = 0, doc = "Sessions of all Listens at a time; 0: no limit")
        int serviceSessions,
    @Option(
            value = "false",
            scopes = {
              Scopes.GLOBAL,
              Scopes.ESMTP_LISTENER,
              Scopes.LISTEN,
              Scopes.PEER,
              Scopes.PATHWAY,
              Scopes.PATHWAY_GROUP
            },
            doc = "Whether mail is refused before EHLO or HELO")
        boolean requireEhlo,
    @Option(
            value = "false",
            scopes = {
              Scopes.GLOBAL,
              Scopes.ESMTP_LISTENER,
              Scopes.LISTEN,
              Scopes.PEER,
              Scopes.PATHWAY,
              Scopes.PATHWAY_GROUP
            },
            doc = "Whether blanks between an address and its brackets are ignored")
        boolean allowTrailingWhitespaceInCommands,
    @Option(
            name = "rfc2821_allow_whitespace_in_envelope",
            value = "false",
            scopes = {Scopes.GLOBAL, Scopes.PATHWAY, Scopes.PATHWAY_GROUP},
            doc = "Whether blanks at the end of MAIL and RCPT are ignored")
        boolean rfc2821AllowWhitespaceInEnvelope,
    @Option(
            name = "rfc2821_pedantic_address_rules",
            value = "true",
            scopes = {Scopes.GLOBAL, Scopes.PATHWAY, Scopes.PATHWAY_GROUP},
            doc = "Whether a..b@c and a.@c are refused")
        boolean rfc2821PedanticAddressRules,
    @Option(
            value = "604800",
            min = 1,
            max = 31_536_000,
            doc = "Longest time that HOLDFOR and HOLDUNTIL (FUTURERELEASE) may hold a message")
        Duration futureReleaseMaxInterval,
    @Option(
            value = "false",
            scopes = {Scopes.ESMTP_LISTENER, Scopes.LISTEN},
            doc = "Whether clients speak LMTP: LHLO, and a reply for each recipient")
        boolean lmtp,
    @Option(
            value = "reject",
            doc =
                "what becomes of commands that a client sent along with STARTTLS: allow: they are"
                    + " run behind the handshake; ignore: dropped; reject: the connection ends")
        StartTls.InjectionPolicy starttlsInjectionPolicy,
    @Option(
            value = "4.3.2 Reconfiguration in progress",
            scopes = Scopes.ESMTP_LISTENER,
            doc = "What a session of an old configuration gets after its 421")
        String reconfigMessage,
    @Option(
            value = "0",
            min = 0,
            scopes = Scopes.ESMTP_LISTENER,
            unit = Option.Unit.SIZE,
            doc = "Memory for all messages that are being received; 0: a quarter of the heap")
        long maxReceptionMemory) {

  /** An empty name or banner is as none: it undoes what a wider scope says. */
  EsmtpOptions {
    bannerHostname = bannerHostname.filter(name -> !name.isEmpty());
    staticBanner = staticBanner.filter(banner -> !banner.isEmpty());
  }
}
