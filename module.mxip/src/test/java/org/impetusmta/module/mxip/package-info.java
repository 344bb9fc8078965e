@NullMarked
package org.impetusmta.module.mxip;

import org.jspecify.annotations.NullMarked;
