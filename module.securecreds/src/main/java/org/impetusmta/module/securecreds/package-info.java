/** Passwords of data sources from an encrypted file. */
@NullMarked
package org.impetusmta.module.securecreds;

import org.jspecify.annotations.NullMarked;
