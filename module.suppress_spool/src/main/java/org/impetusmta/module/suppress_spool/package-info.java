/** The module suppress_spool: mail is kept in memory before it is written to the spool. */
@NullMarked
package org.impetusmta.module.suppress_spool;

import org.jspecify.annotations.NullMarked;
