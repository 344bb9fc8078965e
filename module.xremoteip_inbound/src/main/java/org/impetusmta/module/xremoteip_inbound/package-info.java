/** The module xremoteip_inbound: The SMTP extension XREMOTEIP. */
@NullMarked
package org.impetusmta.module.xremoteip_inbound;

import org.jspecify.annotations.NullMarked;
