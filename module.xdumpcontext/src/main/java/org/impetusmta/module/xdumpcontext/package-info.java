/** The module xdumpcontext: The SMTP extension XDUMPCONTEXT. */
@NullMarked
package org.impetusmta.module.xdumpcontext;

import org.jspecify.annotations.NullMarked;
