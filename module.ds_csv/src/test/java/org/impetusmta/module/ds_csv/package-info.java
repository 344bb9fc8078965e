/** Tests of ds_csv. */
@NullMarked
package org.impetusmta.module.ds_csv;

import org.jspecify.annotations.NullMarked;
