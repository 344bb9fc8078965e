package org.impetusmta.log;

import org.impetusmta.api.bounce.BounceClass;
import org.impetusmta.api.log.LogEvent;

/** How failures are classified, for the macros {@code %c} and {@code %C}. Concurrent. */
public interface BounceClasses {
  /** The class of a failure. */
  BounceClass of(LogEvent.Failure failure);
}
