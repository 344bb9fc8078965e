package org.impetusmta.api.hook;

import java.util.Optional;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Names a second source address of a binding, for the family of addresses that its {@code
 * bind_address} is not of. Runs on any thread; may not block.
 */
@ConsumerType
public interface SecondaryBindAddress {
  /** The address or host name, as {@code bind_address} would have it; empty: none. */
  Optional<String> secondaryBindAddress(Generation generation, ScopePath.Sending binding);
}
