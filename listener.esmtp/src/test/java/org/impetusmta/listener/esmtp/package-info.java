/** Tests of reception by SMTP. */
@NullMarked
package org.impetusmta.listener.esmtp;

import org.jspecify.annotations.NullMarked;
