@NullMarked
package org.impetusmta.core.log;

import org.jspecify.annotations.NullMarked;
