/** The module seedlist: copies of each campaign for a list of seeds. */
@NullMarked
package org.impetusmta.module.seedlist;

import org.jspecify.annotations.NullMarked;
