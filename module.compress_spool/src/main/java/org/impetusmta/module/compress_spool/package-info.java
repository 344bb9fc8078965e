/** The module compress_spool: large bodies are compressed in the spool. */
@NullMarked
package org.impetusmta.module.compress_spool;

import org.jspecify.annotations.NullMarked;
