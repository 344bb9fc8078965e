/**
 * Counts in windows of time: named audit series, what inbound_audit knows of clients, gauge caches;
 * and where replication hangs itself in.
 */
@NullMarked
@Version("1.0.0")
package org.impetusmta.api.audit;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
