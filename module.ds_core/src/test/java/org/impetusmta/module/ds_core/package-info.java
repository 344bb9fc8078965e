/** Tests of ds_core. */
@NullMarked
package org.impetusmta.module.ds_core;

import org.jspecify.annotations.NullMarked;
