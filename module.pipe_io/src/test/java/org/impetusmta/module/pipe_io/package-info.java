@NullMarked
package org.impetusmta.module.pipe_io;

import org.jspecify.annotations.NullMarked;
