/** The module pipe_io: writes pipe:// to programs. */
@NullMarked
package org.impetusmta.module.pipe_io;

import org.jspecify.annotations.NullMarked;
