/**
 * The hashed engine of the durable spool: two files for each message, in two levels of folders that
 * its id names.
 */
@NullMarked
package org.impetusmta.spool.hashed;

import org.jspecify.annotations.NullMarked;
