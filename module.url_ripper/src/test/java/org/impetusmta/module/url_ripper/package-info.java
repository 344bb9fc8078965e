@NullMarked
package org.impetusmta.module.url_ripper;

import org.jspecify.annotations.NullMarked;
