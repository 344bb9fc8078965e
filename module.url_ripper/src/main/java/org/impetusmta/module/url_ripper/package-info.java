/** The module url_ripper: domains, URLs and addresses of mail, looked up in DNS lists. */
@NullMarked
package org.impetusmta.module.url_ripper;

import org.jspecify.annotations.NullMarked;
