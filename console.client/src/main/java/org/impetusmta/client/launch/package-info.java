/** The launcher of the server. */
@NullMarked
package org.impetusmta.client.launch;

import org.jspecify.annotations.NullMarked;
