/** Tests of reception by ECStream. */
@NullMarked
package org.impetusmta.listener.ecstream;

import org.jspecify.annotations.NullMarked;
