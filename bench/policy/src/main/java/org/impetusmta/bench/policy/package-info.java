/** The module bench_policy. */
@NullMarked
package org.impetusmta.bench.policy;

import org.jspecify.annotations.NullMarked;
