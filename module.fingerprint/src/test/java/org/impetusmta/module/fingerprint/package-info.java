@NullMarked
package org.impetusmta.module.fingerprint;

import org.jspecify.annotations.NullMarked;
