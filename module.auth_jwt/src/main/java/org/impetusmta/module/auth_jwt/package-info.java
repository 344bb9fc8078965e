/** Bearer tokens that are signed JSON web tokens. */
@NullMarked
package org.impetusmta.module.auth_jwt;

import org.jspecify.annotations.NullMarked;
