@NullMarked
package org.impetusmta.audit;

import org.jspecify.annotations.NullMarked;
