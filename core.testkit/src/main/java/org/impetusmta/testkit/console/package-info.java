/** The console, as tests type at it. */
@NullMarked
package org.impetusmta.testkit.console;

import org.jspecify.annotations.NullMarked;
