package org.impetusmta.core.reception;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.config.CidrSet;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Rate;
import org.impetusmta.api.config.Scopes;

/** What reception asks of the configuration, for one inbound scope in one generation. Immutable. */
@OptionSet({
  Scopes.ESMTP_LISTENER,
  Scopes.LISTEN,
  Scopes.PEER,
  Scopes.PATHWAY,
  Scopes.PATHWAY_GROUP
})
record ReceptionOptions(
    @Option(
            scopes = {Scopes.ESMTP_LISTENER, Scopes.ECSTREAM_LISTENER, Scopes.LISTEN, Scopes.PEER},
            doc = "The pathway whose options apply after those of peer, listen and listener")
        Optional<String> pathway,
    @Option(doc = "Key-value pairs that a connection's context begins with")
        Optional<Map<String, String>> context,
    @Option(value = "false", doc = "Whether everybody may relay") boolean openRelay,
    @Option(
            scopes = {
              Scopes.GLOBAL,
              Scopes.ESMTP_LISTENER,
              Scopes.LISTEN,
              Scopes.PEER,
              Scopes.PATHWAY,
              Scopes.PATHWAY_GROUP
            },
            doc = "Clients that may relay, as address/bits")
        Optional<CidrSet> relayHosts,
    @Option(
            scopes = {Scopes.GLOBAL, Scopes.PATHWAY, Scopes.PATHWAY_GROUP},
            doc =
                "Recipient domains that are relayed for everybody; *.example.com matches below it")
        Optional<List<String>> relayDomains,
    @Option(
            scopes = {Scopes.GLOBAL, Scopes.PATHWAY, Scopes.PATHWAY_GROUP},
            doc =
                "Domains that reports of failed delivery come back to: mail for them is accepted"
                    + " from everybody, as far as bounce_pattern says")
        Optional<List<String>> bounceDomains,
    @Option(doc = "Sender domains that may relay; an empty list: all")
        Optional<List<String>> relayForSendingDomains,
    @Option(
            scopes = {Scopes.GLOBAL, Scopes.PATHWAY, Scopes.PATHWAY_GROUP},
            doc = "Messages that are accepted in a period")
        Optional<Rate> inboundThrottleMessages,
    @Option(value = "0", min = 0, doc = "Recipients of one message; 0: no limit")
        int maxRecipientsPerMessage,
    @Option(
            value = "0",
            min = 0,
            scopes = {Scopes.GLOBAL, Scopes.ESMTP_LISTENER, Scopes.LISTEN, Scopes.PEER},
            doc = "Recipients of one connection; 0: no limit")
        int maxRecipientsPerConnection,
    @Option(
            value = "0",
            min = 0,
            scopes = {
              Scopes.GLOBAL,
              Scopes.ESMTP_LISTENER,
              Scopes.LISTEN,
              Scopes.PEER,
              Scopes.PATHWAY,
              Scopes.PATHWAY_GROUP
            },
            doc = "Messages of one connection, then 421; 0: no limit")
        int maxReceptionsPerConnection,
    @Option(
            value = "true",
            scopes = {
              Scopes.GLOBAL,
              Scopes.ESMTP_LISTENER,
              Scopes.LISTEN,
              Scopes.PEER,
              Scopes.PATHWAY,
              Scopes.PATHWAY_GROUP
            },
            doc = "Whether the null sender is accepted")
        boolean allowNullEnvelopeSender,
    @Option(
            value = "true",
            scopes = {
              Scopes.GLOBAL,
              Scopes.ESMTP_LISTENER,
              Scopes.LISTEN,
              Scopes.PEER,
              Scopes.PATHWAY,
              Scopes.PATHWAY_GROUP
            },
            doc = "Whether address literals are accepted as domains of addresses")
        boolean allowIpLiteral,
    @Option(
            scopes = {
              Scopes.GLOBAL,
              Scopes.ESMTP_LISTENER,
              Scopes.LISTEN,
              Scopes.PEER,
              Scopes.PATHWAY,
              Scopes.PATHWAY_GROUP
            },
            doc = "The domain that a recipient without one gets")
        Optional<String> domainForUnqualifiedRecipientAddresses,
    @Option(
            scopes = {
              Scopes.GLOBAL,
              Scopes.ESMTP_LISTENER,
              Scopes.LISTEN,
              Scopes.PEER,
              Scopes.PATHWAY,
              Scopes.PATHWAY_GROUP
            },
            doc = "The domain that a sender without one gets")
        Optional<String> domainForUnqualifiedSenderAddress,
    @Option(
            value = "true",
            scopes = {Scopes.GLOBAL, Scopes.PATHWAY, Scopes.PATHWAY_GROUP},
            doc =
                "Whether the sender is told when policy refuses some recipients of a message after"
                    + " its end")
        boolean generateBouncesForMultiRecipientPolicyRejections,
    @Option(
            doc =
                "The name of this host in Received header fields; unset or empty:"
                    + " external_hostname")
        Optional<String> receivedHostname,
    @Option(
            scopes = {Scopes.GLOBAL, Scopes.PATHWAY, Scopes.PATHWAY_GROUP},
            doc =
                "The name of this host in Authentication-Results header fields; fields that bear it"
                    + " already are removed. Unset: that of Received, and fields are only looked at"
                    + " where a module reports a result")
        Optional<AuthservId> authservId,
    @Option(
            value = "300",
            min = 0,
            scopes = {
              Scopes.GLOBAL,
              Scopes.ESMTP_LISTENER,
              Scopes.LISTEN,
              Scopes.PEER,
              Scopes.PATHWAY,
              Scopes.PATHWAY_GROUP
            },
            doc =
                "Seconds that a module may take for its verdict where it does not give it at once;"
                    + " then 451 and the connection is closed. 0: no limit")
        Duration validationTimeout,
    @Option(
            name = "rfc2822_trace_headers",
            value = "true",
            scopes = {Scopes.GLOBAL, Scopes.PATHWAY, Scopes.PATHWAY_GROUP},
            doc = "Whether a Received header field is added")
        boolean rfc2822TraceHeaders,
    @Option(
            value = "false",
            scopes = {Scopes.GLOBAL, Scopes.PATHWAY, Scopes.PATHWAY_GROUP},
            doc =
                "Whether a Return-Path header field with the sender is put in the place of any that"
                    + " is there, where trace header fields are added")
        boolean returnPathHeader,
    @Option(
            value = "false",
            scopes = {
              Scopes.ESMTP_LISTENER,
              Scopes.ECSTREAM_LISTENER,
              Scopes.LISTEN,
              Scopes.PEER,
              Scopes.PATHWAY,
              Scopes.PATHWAY_GROUP
            },
            doc = "Whether a client whose certificate was verified (tls_client_ca) may relay")
        boolean tlsVerifiedPeerCanRelay) {}
