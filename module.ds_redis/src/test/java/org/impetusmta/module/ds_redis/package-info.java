/** Tests of ds_redis. */
@NullMarked
package org.impetusmta.module.ds_redis;

import org.jspecify.annotations.NullMarked;
