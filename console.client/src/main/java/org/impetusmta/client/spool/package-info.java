/** What {@code ec_show} and {@code ec_spool_check} do, once they know where the spool lies. */
@NullMarked
package org.impetusmta.client.spool;

import org.jspecify.annotations.NullMarked;
