/**
 * What tests of queues and deliveries run on: loops, a spool and a delivery method without threads.
 */
@NullMarked
package org.impetusmta.testkit.queue;

import org.jspecify.annotations.NullMarked;
