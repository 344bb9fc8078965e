@NullMarked
package org.impetusmta.core.auth;

import org.jspecify.annotations.NullMarked;
