@NullMarked
package org.impetusmta.module.icu;

import org.jspecify.annotations.NullMarked;
