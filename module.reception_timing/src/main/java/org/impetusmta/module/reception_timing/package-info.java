/** The module reception_timing: times of receptions. */
@NullMarked
package org.impetusmta.module.reception_timing;

import org.jspecify.annotations.NullMarked;
