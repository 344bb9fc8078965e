/** Tests of the module smtp_auth_proxy. */
@NullMarked
package org.impetusmta.module.smtp_auth_proxy;

import org.jspecify.annotations.NullMarked;
