/** Files and what I/O wrappers read as data sources. */
@NullMarked
package org.impetusmta.module.ds_iowrapper;

import org.jspecify.annotations.NullMarked;
