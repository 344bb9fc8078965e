/** Where mail for a domain goes: gateways, MX and address records, and how their hosts fare. */
@NullMarked
package org.impetusmta.core.route;

import org.jspecify.annotations.NullMarked;
