/** SMTP transcripts: dialogues that a person can read and the build plays. */
@NullMarked
package org.impetusmta.testkit.smtp;

import org.jspecify.annotations.NullMarked;
