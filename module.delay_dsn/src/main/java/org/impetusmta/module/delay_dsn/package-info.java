/** The module delay_dsn: warnings of delayed mail. */
@NullMarked
package org.impetusmta.module.delay_dsn;

import org.jspecify.annotations.NullMarked;
