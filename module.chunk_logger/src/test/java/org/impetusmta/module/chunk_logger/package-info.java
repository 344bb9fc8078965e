@NullMarked
package org.impetusmta.module.chunk_logger;

import org.jspecify.annotations.NullMarked;
