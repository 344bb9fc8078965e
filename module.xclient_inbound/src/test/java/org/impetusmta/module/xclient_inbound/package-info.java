@NullMarked
package org.impetusmta.module.xclient_inbound;

import org.jspecify.annotations.NullMarked;
