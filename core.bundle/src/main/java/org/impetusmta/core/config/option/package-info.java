/** What may be said: options and stanzas, in force or planned, their scopes, types and values. */
@NullMarked
package org.impetusmta.core.config.option;

import org.jspecify.annotations.NullMarked;
