/** Tests of the module as_logger. */
@NullMarked
package org.impetusmta.module.as_logger;

import org.jspecify.annotations.NullMarked;
