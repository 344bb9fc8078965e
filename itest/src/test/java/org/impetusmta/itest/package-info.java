@NullMarked
package org.impetusmta.itest;

import org.jspecify.annotations.NullMarked;
