@NullMarked
package org.impetusmta.client.kit;

import org.jspecify.annotations.NullMarked;
