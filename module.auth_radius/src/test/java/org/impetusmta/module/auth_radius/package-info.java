/** Tests of the module auth_radius. */
@NullMarked
package org.impetusmta.module.auth_radius;

import org.jspecify.annotations.NullMarked;
