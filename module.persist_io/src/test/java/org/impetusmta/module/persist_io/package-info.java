@NullMarked
package org.impetusmta.module.persist_io;

import org.jspecify.annotations.NullMarked;
