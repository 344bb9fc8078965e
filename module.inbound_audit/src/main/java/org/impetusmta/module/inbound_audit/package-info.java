/** The module inbound_audit: inbound traffic analytics. */
@NullMarked
package org.impetusmta.module.inbound_audit;

import org.jspecify.annotations.NullMarked;
