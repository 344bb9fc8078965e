/** SMTP authentication and roles by queries of data sources. */
@NullMarked
package org.impetusmta.module.auth_ds;

import org.jspecify.annotations.NullMarked;
