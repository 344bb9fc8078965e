/** Tests of the module outbound_audit. */
@NullMarked
package org.impetusmta.module.outbound_audit;

import org.jspecify.annotations.NullMarked;
