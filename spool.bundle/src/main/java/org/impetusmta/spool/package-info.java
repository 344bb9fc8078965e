/** The durable spool: which engine, and the service that delegates to it. */
@NullMarked
package org.impetusmta.spool;

import org.jspecify.annotations.NullMarked;
