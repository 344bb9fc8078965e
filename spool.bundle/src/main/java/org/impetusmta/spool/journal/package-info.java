/** The journal engine of the durable spool: append-only segments, one writer, group commit. */
@NullMarked
package org.impetusmta.spool.journal;

import org.jspecify.annotations.NullMarked;
