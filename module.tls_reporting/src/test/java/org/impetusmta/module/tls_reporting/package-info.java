@NullMarked
package org.impetusmta.module.tls_reporting;

import org.jspecify.annotations.NullMarked;
