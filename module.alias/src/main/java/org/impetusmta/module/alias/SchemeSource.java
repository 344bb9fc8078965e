package org.impetusmta.module.alias;

import java.util.Optional;

/**
 * The schemes of one stanza {@code alias}, by which several stanzas find each other's among the
 * hooks in force. Concurrent.
 */
interface SchemeSource {
  /** The scheme of that name. */
  Optional<AliasScheme> scheme(String name);
}
