/** What tests of HTTP resources share. */
@NullMarked
package org.impetusmta.testkit.http;

import org.jspecify.annotations.NullMarked;
