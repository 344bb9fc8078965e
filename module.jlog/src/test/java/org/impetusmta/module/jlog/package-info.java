@NullMarked
package org.impetusmta.module.jlog;

import org.jspecify.annotations.NullMarked;
