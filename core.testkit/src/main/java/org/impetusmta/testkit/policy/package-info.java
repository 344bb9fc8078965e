/** What a policy module is asked with, for tests. */
@NullMarked
package org.impetusmta.testkit.policy;

import org.jspecify.annotations.NullMarked;
