/** Injection by ECStream: a client library and the program {@code ec_stream_inject}. */
@NullMarked
package org.impetusmta.client.ecstream;

import org.jspecify.annotations.NullMarked;
