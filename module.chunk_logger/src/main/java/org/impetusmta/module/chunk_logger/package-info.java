/** The module chunk_logger: What scripts and modules log, written beside them. */
@NullMarked
package org.impetusmta.module.chunk_logger;

import org.jspecify.annotations.NullMarked;
