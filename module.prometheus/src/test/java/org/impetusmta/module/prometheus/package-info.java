/** Tests of figures for Prometheus. */
@NullMarked
package org.impetusmta.module.prometheus;

import org.jspecify.annotations.NullMarked;
