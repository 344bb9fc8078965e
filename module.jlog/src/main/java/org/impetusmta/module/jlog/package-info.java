/** The module jlog: writes jlog:// and cluster:// to journals. */
@NullMarked
package org.impetusmta.module.jlog;

import org.jspecify.annotations.NullMarked;
