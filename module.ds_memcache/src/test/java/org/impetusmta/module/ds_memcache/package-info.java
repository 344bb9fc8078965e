/** Tests of ds_memcache. */
@NullMarked
package org.impetusmta.module.ds_memcache;

import org.jspecify.annotations.NullMarked;
