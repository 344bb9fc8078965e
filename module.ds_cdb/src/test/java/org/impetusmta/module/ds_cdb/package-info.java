/** Tests of ds_cdb. */
@NullMarked
package org.impetusmta.module.ds_cdb;

import org.jspecify.annotations.NullMarked;
