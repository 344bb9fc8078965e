/** The module syslog_io: writes syslog://. */
@NullMarked
package org.impetusmta.module.syslog_io;

import org.jspecify.annotations.NullMarked;
