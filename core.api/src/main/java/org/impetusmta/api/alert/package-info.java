/** E-mail alerts, and counters by binding and domain that they go by. */
@NullMarked
@Version("1.0.0")
package org.impetusmta.api.alert;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
