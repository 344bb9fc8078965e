/** The module alerting: alerts by e-mail. */
@NullMarked
package org.impetusmta.module.alerting;

import org.jspecify.annotations.NullMarked;
