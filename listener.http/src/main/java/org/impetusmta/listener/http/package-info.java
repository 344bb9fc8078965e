/** The HTTP listener. */
@NullMarked
package org.impetusmta.listener.http;

import org.jspecify.annotations.NullMarked;
