@NullMarked
package org.impetusmta.module.postfix_logger;

import org.jspecify.annotations.NullMarked;
