/** Authentication at another SMTP server. */
@NullMarked
package org.impetusmta.module.smtp_auth_proxy;

import org.jspecify.annotations.NullMarked;
