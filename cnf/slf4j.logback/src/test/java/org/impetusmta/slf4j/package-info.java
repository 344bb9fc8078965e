@NullMarked
package org.impetusmta.slf4j;

import org.jspecify.annotations.NullMarked;
