package org.impetusmta.api.delivery;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Where the dialogue of an outbound connection is written for the operator who asked ({@code trace
 * smtp}). Takes lines and never blocks. Confined to the delivery's loop.
 */
@ProviderType
public interface DialogueTrace {
  /** A line that was sent, without CRLF; secrets are left out by the caller. */
  void sent(String line);

  /** A reply, its lines separated by LF. */
  void received(String reply);

  /** Something else that happened, in words. */
  void note(String text);
}
