/**
 * Reads spools of either engine without changing them, for programs and for the choice of engine.
 */
@NullMarked
package org.impetusmta.spool.offline;

import org.jspecify.annotations.NullMarked;
