/** Tests of the encrypted files. */
@NullMarked
package org.impetusmta.credentials;

import org.jspecify.annotations.NullMarked;
