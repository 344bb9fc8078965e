/** Tests of the module ac_auth. */
@NullMarked
package org.impetusmta.module.ac_auth;

import org.jspecify.annotations.NullMarked;
