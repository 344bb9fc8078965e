package org.impetusmta.api.hook;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says that a component's hooks may block and in which thread pool they run ({@code IO}, {@code
 * CPU} or one of the operator's). The session parks and resumes on its own loop. Hooks without it
 * run on the event loop and must not block.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface RunsIn {
  /** The pool's name. */
  String value();
}
