/** Tests of ds_iowrapper. */
@NullMarked
package org.impetusmta.module.ds_iowrapper;

import org.jspecify.annotations.NullMarked;
