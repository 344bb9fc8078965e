/** Programs that look at the files of as_logger. */
@NullMarked
package org.impetusmta.client.audit;

import org.jspecify.annotations.NullMarked;
