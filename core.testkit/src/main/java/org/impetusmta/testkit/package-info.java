/** Test tools. */
@NullMarked
package org.impetusmta.testkit;

import org.jspecify.annotations.NullMarked;
