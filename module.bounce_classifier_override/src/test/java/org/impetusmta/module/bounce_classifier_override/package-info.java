/** Tests of bounce_classifier_override. */
@NullMarked
package org.impetusmta.module.bounce_classifier_override;

import org.jspecify.annotations.NullMarked;
