/** Events for loggers. */
@NullMarked
package org.impetusmta.testkit.log;

import org.jspecify.annotations.NullMarked;
