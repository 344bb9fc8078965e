package org.impetusmta.api.hook;

import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.Message;
import org.osgi.annotation.versioning.ConsumerType;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Module seedlist has made a copy for one seed and has not submitted it yet. Runs on an event loop.
 * Source: modules.seedlist.
 */
@ConsumerType
public interface SeedlistGenerateSeed {
  /**
   * @param original the first message of the campaign; to be read only
   */
  void seedlistGenerateSeed(Message original, Seed seed);

  /** The copy for one seed. Single: of the call. */
  @ProviderType
  interface Seed {
    /** Where it goes. */
    Address recipient();

    /** The reverse-path: {@code mail_from}, or that of the original. */
    Address sender();

    /** Sets the reverse-path. */
    void sender(Address sender);

    /** Header and content. */
    Body body();

    /** Replaces header and content. */
    void body(Body body);

    /**
     * What its message dictionary begins with: {@code #seedlist-orig-from} is the reverse-path of
     * the original.
     */
    Context context();
  }
}
