/** Drivers of data sources that speak SQL. */
@NullMarked
package org.impetusmta.module.ds_jdbc;

import org.jspecify.annotations.NullMarked;
