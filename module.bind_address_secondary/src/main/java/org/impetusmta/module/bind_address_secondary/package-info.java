/** The module bind_address_secondary: mail loop detection. */
@NullMarked
package org.impetusmta.module.bind_address_secondary;

import org.jspecify.annotations.NullMarked;
