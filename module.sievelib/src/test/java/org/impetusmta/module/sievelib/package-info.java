/** Tests of the module sievelib. */
@NullMarked
package org.impetusmta.module.sievelib;

import org.jspecify.annotations.NullMarked;
