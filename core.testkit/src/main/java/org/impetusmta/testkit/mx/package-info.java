/** The far end of deliveries: a scriptable MX, a recording core, and the contract of methods. */
@NullMarked
package org.impetusmta.testkit.mx;

import org.jspecify.annotations.NullMarked;
