@NullMarked
package org.impetusmta.core.module;

import org.jspecify.annotations.NullMarked;
