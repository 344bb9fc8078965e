/** The module xsetcontext_inbound: The SMTP extension XSETCONTEXT. */
@NullMarked
package org.impetusmta.module.xsetcontext_inbound;

import org.jspecify.annotations.NullMarked;
