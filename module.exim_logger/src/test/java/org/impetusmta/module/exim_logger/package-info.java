@NullMarked
package org.impetusmta.module.exim_logger;

import org.jspecify.annotations.NullMarked;
