/** The module xclient_inbound: The SMTP extension XCLIENT. */
@NullMarked
package org.impetusmta.module.xclient_inbound;

import org.jspecify.annotations.NullMarked;
