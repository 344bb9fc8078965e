/** The module ha_proxy_client. */
@NullMarked
package org.impetusmta.module.ha_proxy_client;

import org.jspecify.annotations.NullMarked;
