@NullMarked
package org.impetusmta.module.cidrdb;

import org.jspecify.annotations.NullMarked;
