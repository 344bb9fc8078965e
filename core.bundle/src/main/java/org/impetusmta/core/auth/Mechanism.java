package org.impetusmta.core.auth;

import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.Authentication.Step;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of one SASL mechanism in one attempt. Blocks where passwords are looked up.
 * Single: one step after the other.
 */
interface Mechanism {
  /**
   * @param response null where the client has not said anything yet
   * @throws AuthException when the source of passwords does not answer
   */
  Step step(byte @Nullable [] response) throws AuthException;
}
