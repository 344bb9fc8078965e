/** The contract of the spool, which every engine inherits. */
@NullMarked
package org.impetusmta.testkit.spool;

import org.jspecify.annotations.NullMarked;
