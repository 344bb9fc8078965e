/** Tests of the module alias. */
@NullMarked
package org.impetusmta.module.alias;

import org.jspecify.annotations.NullMarked;
