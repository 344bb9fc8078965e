/** Tests of the module securecreds. */
@NullMarked
package org.impetusmta.module.securecreds;

import org.jspecify.annotations.NullMarked;
