/** The configuration engine: parser, generations, transactions and writeback. */
@NullMarked
package org.impetusmta.core.config;

import org.jspecify.annotations.NullMarked;
