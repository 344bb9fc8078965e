/** The hooks in force: flat arrays in stanza order. */
@NullMarked
package org.impetusmta.core.hook;

import org.jspecify.annotations.NullMarked;
