@NullMarked
package org.impetusmta.module.dnsbuf;

import org.jspecify.annotations.NullMarked;
