/** Bodies that stay in the files of an engine, mapped into memory. */
@NullMarked
package org.impetusmta.spool.mapped;

import org.jspecify.annotations.NullMarked;
