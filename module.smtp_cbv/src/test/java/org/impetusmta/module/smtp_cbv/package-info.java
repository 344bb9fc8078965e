@NullMarked
package org.impetusmta.module.smtp_cbv;

import org.jspecify.annotations.NullMarked;
