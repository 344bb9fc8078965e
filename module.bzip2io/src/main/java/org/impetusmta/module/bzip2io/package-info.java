/** The module bzip2io: bzip2:// before another URI or a path. */
@NullMarked
package org.impetusmta.module.bzip2io;

import org.jspecify.annotations.NullMarked;
