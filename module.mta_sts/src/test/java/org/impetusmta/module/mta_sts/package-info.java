@NullMarked
package org.impetusmta.module.mta_sts;

import org.jspecify.annotations.NullMarked;
