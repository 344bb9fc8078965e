package org.impetusmta.client.launch;

import org.jspecify.annotations.Nullable;

/** There is no kernel, and why, in words for the operator. */
final class LaunchException extends Exception {
  private static final long serialVersionUID = 1L;

  LaunchException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
