/** The module static_routes: all mail to one server. */
@NullMarked
package org.impetusmta.module.static_routes;

import org.jspecify.annotations.NullMarked;
