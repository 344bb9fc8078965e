/** Event loops for tests that use sockets. */
@NullMarked
package org.impetusmta.testkit.net;

import org.jspecify.annotations.NullMarked;
