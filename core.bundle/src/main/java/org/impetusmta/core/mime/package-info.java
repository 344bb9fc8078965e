/** What policy does with messages: header fields, parts, text, messages of its own. */
@NullMarked
package org.impetusmta.core.mime;

import org.jspecify.annotations.NullMarked;
