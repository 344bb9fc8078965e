/** Programs for files of passwords. */
@NullMarked
package org.impetusmta.client.log;

import org.jspecify.annotations.NullMarked;
