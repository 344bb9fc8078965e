/** The SNMP agent: what managers may read, and the traps that are sent to them. */
@NullMarked
package org.impetusmta.module.snmp;

import org.jspecify.annotations.NullMarked;
