/**
 * Passwords in an encrypted file, for the module securecreds and the program credmgr. Start at
 * {@link org.impetusmta.credentials.CredentialFiles}.
 */
@NullMarked
@Version("1.0.0")
package org.impetusmta.credentials;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
