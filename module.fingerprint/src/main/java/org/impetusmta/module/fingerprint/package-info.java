/** The module fingerprint: passive fingerprints of clients, from p0f. */
@NullMarked
package org.impetusmta.module.fingerprint;

import org.jspecify.annotations.NullMarked;
