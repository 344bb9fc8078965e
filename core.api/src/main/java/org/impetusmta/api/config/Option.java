package org.impetusmta.api.config;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Declares one configuration option, once: on a component of a record that is annotated with {@link
 * OptionSet}, beside the code that reads it. Parsing, range checks, defaults, {@code config}
 * commands, completion and the reference page all come from here.
 *
 * <p>The option's name is the component's in {@code snake_case} unless {@link #name} says
 * otherwise. Its type is the component's type: {@code boolean}, {@code int}, {@code long}, {@link
 * String}, an enum (constants are matched by name in lower case), {@link java.time.Duration}
 * (seconds unless {@link #unit} differs), {@link java.util.regex.Pattern}, {@code List<String>},
 * {@code Map<String, String>} (a dictionary), {@link CidrSet} (a list of network blocks), {@link
 * Rate} (a throttle), a class that is marked with {@link OptionValue}, or {@link
 * java.util.Optional} of one of them, empty where the option is unset. An option that is not
 * Optional needs a default.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Option {
  /** The name in the manual; empty: the component's name in snake_case. */
  String name() default "";

  /**
   * The default as it would be written in {@code ecelerity.conf}; lists are separated by blanks;
   * empty: none.
   */
  String value() default "";

  /** One line of documentation. */
  String doc();

  /** The scopes of this option where they differ from those of its set; see {@link Scopes}. */
  String[] scopes() default {};

  /** Whether a change takes effect without a restart. */
  boolean dynamic() default true;

  /** Whether its value is not shown to whoever looks at the configuration. */
  boolean secret() default false;

  /** Smallest number allowed. */
  long min() default Long.MIN_VALUE;

  /** Largest number allowed. */
  long max() default Long.MAX_VALUE;

  /** What a number counts. */
  Unit unit() default Unit.NONE;

  /** What a number counts. */
  enum Unit {
    /** A plain number, or seconds where the type is a Duration. */
    NONE,
    /** Octets; written with an optional K, M or G. */
    SIZE,
    /** An octal file mode. */
    OCTAL,
    /** Milliseconds. */
    MILLISECONDS
  }
}
