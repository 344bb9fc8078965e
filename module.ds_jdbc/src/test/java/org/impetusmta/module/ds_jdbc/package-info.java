/** Tests of the drivers that speak SQL. */
@NullMarked
package org.impetusmta.module.ds_jdbc;

import org.jspecify.annotations.NullMarked;
