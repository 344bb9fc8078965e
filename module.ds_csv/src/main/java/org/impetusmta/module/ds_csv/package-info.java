/** CSV files as data sources. */
@NullMarked
package org.impetusmta.module.ds_csv;

import org.jspecify.annotations.NullMarked;
