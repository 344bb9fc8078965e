/** The event log: the thread that feeds the loggers, and the server's own diagnostics. */
@NullMarked
package org.impetusmta.core.log;

import org.jspecify.annotations.NullMarked;
