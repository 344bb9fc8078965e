/** Authentication by policy. */
@NullMarked
package org.impetusmta.module.ac_auth;

import org.jspecify.annotations.NullMarked;
