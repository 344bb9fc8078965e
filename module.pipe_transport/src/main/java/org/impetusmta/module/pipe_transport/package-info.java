/** The module pipe_transport. */
@NullMarked
package org.impetusmta.module.pipe_transport;

import org.jspecify.annotations.NullMarked;
