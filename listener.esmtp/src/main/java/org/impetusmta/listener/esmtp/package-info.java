/** Reception by SMTP (RFC 5321). */
@NullMarked
package org.impetusmta.listener.esmtp;

import org.jspecify.annotations.NullMarked;
