package org.impetusmta.core.config.option;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.impetusmta.api.config.Option;

/**
 * What is known of one option of one option set, read off its record component. Immutable.
 *
 * @param name in lower case, as the manual has it
 * @param type how its value is read
 * @param optional whether the component is an Optional: empty when unset
 * @param defaultValue as written in a file
 * @param doc one line of documentation
 * @param scopes where it may be said, as {@link ScopeRules#scopeKeys} names scopes
 * @param dynamic whether a change takes effect without a restart
 * @param record the class name of the option set that declares it
 * @param module the bundle of that class
 */
public record OptionDeclaration(
    String name,
    OptionType type,
    boolean optional,
    Optional<ConfigValue> defaultValue,
    String doc,
    Set<String> scopes,
    boolean dynamic,
    boolean secret,
    String record,
    String module) {

  /** Words that the manual writes in capitals. */
  private static final Set<String> CAPITALS =
      Set.of("ehlo", "smtp", "tls", "ip", "dns", "mx", "uri", "ca", "dsn", "lmtp", "id", "rfc2822");

  /**
   * Reads the declaration off a component of an option set.
   *
   * @throws IllegalArgumentException when it is no sound declaration
   */
  static OptionDeclaration of(
      RecordComponent component, List<String> setScopes, String record, String module) {
    Option option = component.getAnnotation(Option.class);
    if (option == null) {
      throw new IllegalArgumentException(
          "the component " + component.getName() + " has no @Option");
    }
    Type javaType = component.getGenericType();
    boolean optional =
        javaType instanceof ParameterizedType generic && generic.getRawType() == Optional.class;
    if (optional) {
      javaType = ((ParameterizedType) javaType).getActualTypeArguments()[0];
    }
    String name =
        option.name().isEmpty()
            ? snakeCase(component.getName())
            : option.name().toLowerCase(Locale.ROOT);
    OptionType type = OptionType.of(javaType, option);
    Optional<ConfigValue> defaultValue =
        optional && option.value().isEmpty() ? Optional.empty() : type.defaultValue(option.value());
    if (!optional && defaultValue.isEmpty()) {
      throw new IllegalArgumentException(
          "the option " + name + " has no default and is not Optional");
    }
    try {
      defaultValue.ifPresent(type::convert);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "the default of the option " + name + ": " + e.getMessage(), e);
    }
    List<String> scopes = option.scopes().length == 0 ? setScopes : Arrays.asList(option.scopes());
    return new OptionDeclaration(
        name,
        type,
        optional,
        defaultValue,
        option.doc(),
        ScopeRules.scopeKeys(scopes),
        option.dynamic(),
        option.secret(),
        record,
        module);
  }

  /** Who declares it, for messages. */
  String origin() {
    return record + " of " + module;
  }

  /** Whether two declarations of the same name in one scope can stand beside each other. */
  boolean agrees(OptionDeclaration other) {
    return type.name().equals(other.type.name()) && defaultValue.equals(other.defaultValue);
  }

  /** The name as the manual's examples show it, {@code EHLO_Hostname}. */
  public String displayName() {
    return Arrays.stream(name.split("_", -1))
        .map(
            word ->
                CAPITALS.contains(word)
                    ? word.toUpperCase(Locale.ROOT)
                    : word.isEmpty()
                        ? ""
                        : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1))
        .collect(Collectors.joining("_"));
  }

  /** The default as {@code config eval} shows it: booleans as 0 and 1. */
  public Optional<ConfigValue> shownDefault() {
    return defaultValue.map(
        value ->
            type.convert(value) instanceof Boolean on
                ? ConfigValue.Text.bare(on ? "1" : "0")
                : value);
  }

  /** {@code maxReceivedHeaders} becomes {@code max_received_headers}. */
  static String snakeCase(String component) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < component.length(); i++) {
      char c = component.charAt(i);
      if (Character.isUpperCase(c) && i > 0) {
        out.append('_');
      }
      out.append(Character.toLowerCase(c));
    }
    return out.toString();
  }
}
