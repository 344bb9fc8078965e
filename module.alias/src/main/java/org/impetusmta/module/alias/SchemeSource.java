package org.impetusmta.module.alias;

import java.util.Optional;

/**
 * The schemes of one stanza {@code alias}; a service that no other bundle sees, by which several
 * stanzas find each other's. Concurrent.
 */
interface SchemeSource {
  /** The scheme of that name. */
  Optional<AliasScheme> scheme(String name);
}
