package org.impetusmta.api.config;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a class whose instances are values of an {@link Option} that is written as one word or
 * string with a grammar of its own, or as a dictionary. The class has a method {@code public static
 * T parse(String)}, or {@code public static T parse(Map<String, String>)} for a dictionary, that
 * throws IllegalArgumentException where the text is none; the message says what is wrong with it.
 * The configuration is refused then, with file, line and scope.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface OptionValue {
  /** What is accepted, for messages: {@code "a list of cipher suites"}. */
  String expected();
}
