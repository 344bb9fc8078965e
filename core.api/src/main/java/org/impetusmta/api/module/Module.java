package org.impetusmta.api.module;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.osgi.annotation.bundle.Attribute;
import org.osgi.annotation.bundle.Capability;

/**
 * Marks the component class of a module. The manifest gets a capability from which the loader knows
 * the module without starting it; a stanza of that name starts the bundle and makes one component
 * instance.
 *
 * <p>The class is also a DS component whose factory is {@code impetus.module/NAME}:
 *
 * <pre>
 * &#64;Module(name = "mail_loop", kind = Module.Kind.VALIDATE, description = "…")
 * &#64;Component(factory = Module.FACTORY + "mail_loop")
 * public final class MailLoop implements ValidateDataSpool {
 *   &#64;OptionSet("mail_loop")
 *   public record Options(&#64;Option(value = "20", min = 1, doc = "…") int maxReceivedHeaders) {}
 *
 *   &#64;Activate
 *   public MailLoop(Map&lt;String, Object&gt; properties) {
 *     options = ModuleStanza.of(properties).options(Options.class);
 *   }
 * </pre>
 *
 * <p>The hooks it implements become effective because they are the component's services.
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
@Capability(namespace = Module.NAMESPACE, attribute = "component=${@class}")
public @interface Module {
  /** Namespace of the manifest capability. */
  String NAMESPACE = "org.impetusmta.module";

  /** What the name of a module's DS factory begins with. */
  String FACTORY = "impetus.module/";

  /** The name in the manual: the stanza's name in lower case. */
  @Attribute("module")
  String name();

  /** What kind of module it is. */
  @Attribute("kind")
  Kind kind();

  /** One line for {@code module list}. */
  @Attribute("description")
  String description();

  /** Whether there is at most one stanza, without an instance name. */
  @Attribute("singleton")
  String singleton() default "false";

  /**
   * Whether it is started, with an empty stanza, when an option that its bundle declares is said in
   * some scope and it has no stanza of its own.
   */
  @Attribute("autoload")
  String autoload() default "false";

  /**
   * The schemes of the URIs that it opens, separated by blanks: {@code "http https"}. The component
   * is an {@link org.impetusmta.api.io.IoWrapper} then.
   */
  @Attribute("schemes")
  String schemes() default "";

  /**
   * The keyword of the SMTP extension that it adds, in capitals. The component is an {@link
   * org.impetusmta.api.reception.SmtpExtension} then; {@code SMTP_Extensions} with it in the list
   * starts the module, with an empty stanza where it has none.
   */
  @Attribute("smtp_extension")
  String smtpExtension() default "";

  /**
   * The namespaces of the log macros that it adds, separated by blanks. The component is a {@link
   * org.impetusmta.api.log.LogMacros} then, and starts before loggers do.
   */
  @Attribute("log_macros")
  String logMacros() default "";

  /**
   * The drivers of data sources that it has, separated by blanks: {@code "sqlite"}. The component
   * is a {@link org.impetusmta.api.datasource.DatasourceDriver} of those names then; a {@code uri}
   * of a Datasource stanza that begins with one of them and a colon starts the module, with an
   * empty stanza where it has none, before other modules.
   */
  @Attribute("drivers")
  String drivers() default "";

  /**
   * The names of the modules that it needs, separated by blanks: each of them runs before this one
   * starts, with an empty stanza where it has none, and cannot be unloaded before it.
   */
  @Attribute("requires")
  String requires() default "";

  /** What kind of module it is; the API line of {@code module list}. */
  enum Kind {
    LOGGER,
    VALIDATE,
    AUTH,
    IO_SYSTEM,
    LISTENER,
    DELIVERY,
    SINGLETON
  }
}
