/** The module http_io: reads http:// and https://. */
@NullMarked
package org.impetusmta.module.http_io;

import org.jspecify.annotations.NullMarked;
