/** The spool as the console steers it: import, single messages, figures. */
@NullMarked
package org.impetusmta.core.spool;

import org.jspecify.annotations.NullMarked;
