/** Lists of network blocks with values, by name. Source: modules.cidrdb, lua.ref.msys.cidr. */
@NullMarked
@Version("1.0.0")
package org.impetusmta.api.cidr;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.versioning.Version;
