@NullMarked
package org.impetusmta.tls;

import org.jspecify.annotations.NullMarked;
