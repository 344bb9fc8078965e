/** The module persist_io: keeps copies of what other I/O wrappers read. */
@NullMarked
package org.impetusmta.module.persist_io;

import org.jspecify.annotations.NullMarked;
