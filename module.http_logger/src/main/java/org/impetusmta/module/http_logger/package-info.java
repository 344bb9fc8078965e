/** The httplog. */
@NullMarked
package org.impetusmta.module.http_logger;

import org.jspecify.annotations.NullMarked;
