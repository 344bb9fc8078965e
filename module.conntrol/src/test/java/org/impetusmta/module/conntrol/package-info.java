@NullMarked
package org.impetusmta.module.conntrol;

import org.jspecify.annotations.NullMarked;
