/** Modules as the loader starts them, without a loader. */
@NullMarked
package org.impetusmta.testkit.module;

import org.jspecify.annotations.NullMarked;
