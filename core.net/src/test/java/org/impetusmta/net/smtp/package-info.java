@NullMarked
package org.impetusmta.net.smtp;

import org.jspecify.annotations.NullMarked;
