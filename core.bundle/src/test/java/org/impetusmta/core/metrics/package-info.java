@NullMarked
package org.impetusmta.core.metrics;

import org.jspecify.annotations.NullMarked;
