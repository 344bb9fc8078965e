/** The module gzipio: gzip:// before another URI or a path. */
@NullMarked
package org.impetusmta.module.gzipio;

import org.jspecify.annotations.NullMarked;
