/** Tests of the module inbound_audit. */
@NullMarked
package org.impetusmta.module.inbound_audit;

import org.jspecify.annotations.NullMarked;
