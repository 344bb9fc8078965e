/** Programs for files of passwords. */
@NullMarked
package org.impetusmta.client.auth;

import org.jspecify.annotations.NullMarked;
