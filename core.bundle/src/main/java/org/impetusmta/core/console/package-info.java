/** The console engine: finds, runs and completes commands, and shows them to the Felix shell. */
@NullMarked
package org.impetusmta.core.console;

import org.jspecify.annotations.NullMarked;
