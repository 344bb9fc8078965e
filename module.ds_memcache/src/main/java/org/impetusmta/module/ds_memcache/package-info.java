/** memcached as a data source. */
@NullMarked
package org.impetusmta.module.ds_memcache;

import org.jspecify.annotations.NullMarked;
