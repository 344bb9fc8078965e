@NullMarked
package org.impetusmta.module.seedlist;

import org.jspecify.annotations.NullMarked;
