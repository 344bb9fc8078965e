/** What tests of I/O wrappers inherit. */
@NullMarked
package org.impetusmta.testkit.io;

import org.jspecify.annotations.NullMarked;
