@NullMarked
package org.impetusmta.module.sched;

import org.jspecify.annotations.NullMarked;
