@NullMarked
package org.impetusmta.core.kernel;

import org.jspecify.annotations.NullMarked;
