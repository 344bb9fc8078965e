/** Tests of ds_ldap. */
@NullMarked
package org.impetusmta.module.ds_ldap;

import org.jspecify.annotations.NullMarked;
