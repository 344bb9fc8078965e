/** The configuration engine: parser, option catalogue, generations and transactions. */
@NullMarked
package org.impetusmta.core.config;

import org.jspecify.annotations.NullMarked;
