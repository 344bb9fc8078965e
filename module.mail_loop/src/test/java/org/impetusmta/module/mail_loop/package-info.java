@NullMarked
package org.impetusmta.module.mail_loop;

import org.jspecify.annotations.NullMarked;
