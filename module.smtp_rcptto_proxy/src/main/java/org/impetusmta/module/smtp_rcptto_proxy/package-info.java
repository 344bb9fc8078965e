/** The module smtp_rcptto_proxy: asks another server whether it takes a recipient. */
@NullMarked
package org.impetusmta.module.smtp_rcptto_proxy;

import org.jspecify.annotations.NullMarked;
