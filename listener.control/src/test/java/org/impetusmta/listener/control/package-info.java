@NullMarked
package org.impetusmta.listener.control;

import org.jspecify.annotations.NullMarked;
