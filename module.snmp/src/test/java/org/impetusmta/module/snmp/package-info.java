@NullMarked
package org.impetusmta.module.snmp;

import org.jspecify.annotations.NullMarked;
