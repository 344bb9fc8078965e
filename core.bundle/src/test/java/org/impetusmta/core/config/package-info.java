/** Tests of the configuration engine. */
@NullMarked
package org.impetusmta.core.config;

import org.jspecify.annotations.NullMarked;
