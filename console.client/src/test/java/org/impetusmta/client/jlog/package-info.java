@NullMarked
package org.impetusmta.client.jlog;

import org.jspecify.annotations.NullMarked;
