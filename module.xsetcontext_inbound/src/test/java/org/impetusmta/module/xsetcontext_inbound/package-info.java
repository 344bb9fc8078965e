@NullMarked
package org.impetusmta.module.xsetcontext_inbound;

import org.jspecify.annotations.NullMarked;
