/** The module smtp_cbv: asks the sender's host whether it knows the sender. */
@NullMarked
package org.impetusmta.module.smtp_cbv;

import org.jspecify.annotations.NullMarked;
