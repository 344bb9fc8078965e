/** Tests of what may be said in the configuration. */
@NullMarked
package org.impetusmta.core.config.option;

import org.jspecify.annotations.NullMarked;
