/** The module response_transcode: rewriting of replies. */
@NullMarked
package org.impetusmta.module.response_transcode;

import org.jspecify.annotations.NullMarked;
