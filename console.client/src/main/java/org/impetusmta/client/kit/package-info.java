/** The program that makes a module's project. */
@NullMarked
package org.impetusmta.client.kit;

import org.jspecify.annotations.NullMarked;
