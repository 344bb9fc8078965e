@NullMarked
package org.impetusmta.module.bind_address_secondary;

import org.jspecify.annotations.NullMarked;
