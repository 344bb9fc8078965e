/** Redis as a data source. */
@NullMarked
package org.impetusmta.module.ds_redis;

import org.jspecify.annotations.NullMarked;
