@NullMarked
package org.impetusmta.core.console;

import org.jspecify.annotations.NullMarked;
