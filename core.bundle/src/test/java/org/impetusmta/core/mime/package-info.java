/** Tests of what policy does with messages. */
@NullMarked
package org.impetusmta.core.mime;

import org.jspecify.annotations.NullMarked;
