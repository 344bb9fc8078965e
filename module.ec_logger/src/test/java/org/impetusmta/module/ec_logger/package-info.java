@NullMarked
package org.impetusmta.module.ec_logger;

import org.jspecify.annotations.NullMarked;
