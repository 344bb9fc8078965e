/** The module sievelib: gauge caches at the console. */
@NullMarked
package org.impetusmta.module.sievelib;

import org.jspecify.annotations.NullMarked;
