/** Recipients by queries of data sources. */
@NullMarked
package org.impetusmta.module.alias;

import org.jspecify.annotations.NullMarked;
