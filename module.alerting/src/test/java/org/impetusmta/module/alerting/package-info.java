/** Tests of the module alerting. */
@NullMarked
package org.impetusmta.module.alerting;

import org.jspecify.annotations.NullMarked;
