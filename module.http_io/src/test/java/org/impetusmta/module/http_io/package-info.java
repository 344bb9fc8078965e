@NullMarked
package org.impetusmta.module.http_io;

import org.jspecify.annotations.NullMarked;
