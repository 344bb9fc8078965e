/** The module cidrdb: lists of network blocks, by name. */
@NullMarked
package org.impetusmta.module.cidrdb;

import org.jspecify.annotations.NullMarked;
