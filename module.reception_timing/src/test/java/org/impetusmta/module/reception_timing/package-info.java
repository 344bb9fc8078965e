/** Tests of the module reception_timing. */
@NullMarked
package org.impetusmta.module.reception_timing;

import org.jspecify.annotations.NullMarked;
