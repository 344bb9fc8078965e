@NullMarked
package org.impetusmta.client.audit;

import org.jspecify.annotations.NullMarked;
