/** The module mxip: IP addresses in MX records. */
@NullMarked
package org.impetusmta.module.mxip;

import org.jspecify.annotations.NullMarked;
