/** The module tls_macros: Macros about TLS for custom logs. */
@NullMarked
package org.impetusmta.module.tls_macros;

import org.jspecify.annotations.NullMarked;
