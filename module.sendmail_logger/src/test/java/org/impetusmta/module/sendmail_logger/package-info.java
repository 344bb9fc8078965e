@NullMarked
package org.impetusmta.module.sendmail_logger;

import org.jspecify.annotations.NullMarked;
