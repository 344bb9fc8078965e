package org.impetusmta.api.console;

import java.util.Optional;
import java.util.function.Supplier;
import org.impetusmta.api.auth.AuthParameters;

/**
 * Who types in a session, and whether the roles of {@code Authorization} say what he may.
 * Immutable. Source: control_authz.
 *
 * @param listener where the session came in, as the configuration names it; empty for one that the
 *     server has with itself
 * @param remote {@code ip:port}; empty but over TCP
 * @param name who it is, as it was authenticated, or as the kernel says; empty where nobody knows.
 *     May block
 * @param restricted whether each command needs a role that allows it
 * @param roles where the roles of a name are looked up; empty: only the name itself is a role
 */
public record Operator(
    String listener,
    String remote,
    Supplier<String> name,
    boolean restricted,
    Optional<AuthParameters> roles) {
  /** The server itself, which may do everything. */
  public static final Operator SERVER = new Operator("", "", () -> "", false, Optional.empty());
}
