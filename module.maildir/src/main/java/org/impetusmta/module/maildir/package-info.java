/** The module maildir. */
@NullMarked
package org.impetusmta.module.maildir;

import org.jspecify.annotations.NullMarked;
