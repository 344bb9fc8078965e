@NullMarked
package org.impetusmta.module.tls_macros;

import org.jspecify.annotations.NullMarked;
