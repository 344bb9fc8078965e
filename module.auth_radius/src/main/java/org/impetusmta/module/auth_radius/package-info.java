/** Authentication by RADIUS servers. */
@NullMarked
package org.impetusmta.module.auth_radius;

import org.jspecify.annotations.NullMarked;
