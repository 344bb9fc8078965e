@NullMarked
package org.impetusmta.module.custom_logger;

import org.jspecify.annotations.NullMarked;
