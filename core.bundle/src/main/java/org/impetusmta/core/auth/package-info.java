/** SASL: the mechanisms, the built-in sources of passwords, and who fails too often. */
@NullMarked
package org.impetusmta.core.auth;

import org.jspecify.annotations.NullMarked;
