/** LDAP directories as data sources. */
@NullMarked
package org.impetusmta.module.ds_ldap;

import org.jspecify.annotations.NullMarked;
