/** The module zstdio: zstd:// before another URI or a path. */
@NullMarked
package org.impetusmta.module.zstdio;

import org.jspecify.annotations.NullMarked;
