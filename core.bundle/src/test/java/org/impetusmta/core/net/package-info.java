@NullMarked
package org.impetusmta.core.net;

import org.jspecify.annotations.NullMarked;
