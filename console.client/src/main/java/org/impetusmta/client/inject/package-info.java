/** The program {@code ec_stream_inject}. */
@NullMarked
package org.impetusmta.client.inject;

import org.jspecify.annotations.NullMarked;
