@NullMarked
package org.impetusmta.module.delay_dsn;

import org.jspecify.annotations.NullMarked;
