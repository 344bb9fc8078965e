/** Who a client is: mechanisms, and where passwords are looked up. */
@NullMarked
@Version("1.2.0")
package org.impetusmta.api.auth;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
