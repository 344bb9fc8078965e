/** The module outbound_audit: outbound traffic analytics. */
@NullMarked
package org.impetusmta.module.outbound_audit;

import org.jspecify.annotations.NullMarked;
