package org.impetusmta.api.auth;

import java.net.InetAddress;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.reception.AcceptConstruct;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.tls.InboundTls;

/**
 * Who authenticates, and to whom.
 *
 * @param service the name of the protocol in SASL, {@code smtp}
 * @param hostname what this end calls itself
 * @param realm the realm where the parameters have none
 * @param offered the mechanisms that the client was offered
 * @param address the client's; empty on a Unix socket
 * @param connection the SMTP session; empty elsewhere
 * @param tls the connection that it authenticates on, where it is encrypted
 * @param loop where answers are delivered
 */
public record AuthClient(
    String service,
    String hostname,
    String realm,
    Set<AuthMechanism> offered,
    Optional<InetAddress> address,
    Optional<AcceptConstruct> connection,
    Optional<InboundTls> tls,
    EventLoop loop) {}
