@NullMarked
package org.impetusmta.module.static_routes;

import org.jspecify.annotations.NullMarked;
