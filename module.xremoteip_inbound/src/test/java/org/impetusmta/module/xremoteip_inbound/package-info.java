@NullMarked
package org.impetusmta.module.xremoteip_inbound;

import org.jspecify.annotations.NullMarked;
