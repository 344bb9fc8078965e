@NullMarked
package org.impetusmta.jlog;

import org.jspecify.annotations.NullMarked;
