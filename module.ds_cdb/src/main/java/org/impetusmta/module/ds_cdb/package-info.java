/** Constant databases as data sources. */
@NullMarked
package org.impetusmta.module.ds_cdb;

import org.jspecify.annotations.NullMarked;
