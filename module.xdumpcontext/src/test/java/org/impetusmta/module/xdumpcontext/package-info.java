@NullMarked
package org.impetusmta.module.xdumpcontext;

import org.jspecify.annotations.NullMarked;
