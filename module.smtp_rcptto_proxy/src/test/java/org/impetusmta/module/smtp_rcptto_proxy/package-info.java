@NullMarked
package org.impetusmta.module.smtp_rcptto_proxy;

import org.jspecify.annotations.NullMarked;
