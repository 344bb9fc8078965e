/** Data sources by name, and the caches before them. */
@NullMarked
package org.impetusmta.module.ds_core;

import org.jspecify.annotations.NullMarked;
