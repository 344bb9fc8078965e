/** Data sources for tests. */
@NullMarked
package org.impetusmta.testkit.datasource;

import org.jspecify.annotations.NullMarked;
