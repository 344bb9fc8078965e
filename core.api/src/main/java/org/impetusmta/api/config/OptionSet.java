package org.impetusmta.api.config;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.osgi.annotation.bundle.Capability;

/**
 * Marks a record whose components are options. The bundle's manifest names every such record in a
 * capability, so that the core knows a bundle's options, and refuses unknown ones, before the
 * bundle is started.
 *
 * <p>An instance holds the values in force for one scope in one generation: reading an option is
 * reading a field.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@Capability(namespace = OptionSet.NAMESPACE, attribute = "record=${@class}")
public @interface OptionSet {
  /**
   * Namespace of the manifest capability; its attribute {@code record} is the record's class name.
   */
  String NAMESPACE = "org.impetusmta.options";

  /**
   * Where the options may be said: names of {@link Scopes}, or of the stanza that they belong to
   * ({@code mail_loop}). {@code listen} and {@code peer} mean those inside the listeners that are
   * named too.
   */
  String[] value();
}
