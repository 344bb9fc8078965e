/** Tests of the module auth_ds. */
@NullMarked
package org.impetusmta.module.auth_ds;

import org.jspecify.annotations.NullMarked;
