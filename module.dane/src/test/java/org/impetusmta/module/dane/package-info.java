@NullMarked
package org.impetusmta.module.dane;

import org.jspecify.annotations.NullMarked;
