package org.impetusmta.core.config.option;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.OptionSet;
import org.jspecify.annotations.Nullable;

/**
 * An option set as the engine sees it: its declarations in the order of the record's components,
 * and how to make a record of their values. Immutable.
 *
 * @param <T> the record
 */
public final class OptionShape<T extends Record> {
  private final Class<T> type;
  private final Constructor<T> constructor;
  private final List<OptionDeclaration> options;

  /**
   * @param origin who declares it
   * @throws IllegalStateException when the record is no sound option set
   */
  public OptionShape(Class<T> type, String origin) {
    this.type = type;
    OptionSet set = type.getAnnotation(OptionSet.class);
    RecordComponent[] components = type.getRecordComponents();
    if (set == null || components == null) {
      throw new IllegalStateException(
          origin + ": " + type.getName() + " is no record annotated with @OptionSet");
    }
    List<String> scopes = Arrays.asList(set.value());
    String from = type.getName() + " of " + origin;
    List<OptionDeclaration> read = new ArrayList<>();
    try {
      for (RecordComponent component : components) {
        read.add(OptionDeclaration.of(component, scopes, type.getName(), origin));
      }
      constructor =
          type.getDeclaredConstructor(
              Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
      constructor.setAccessible(true);
    } catch (NoSuchMethodException | IllegalArgumentException e) {
      throw new IllegalStateException(from + ": " + e.getMessage(), e);
    }
    this.options = List.copyOf(read);
  }

  Class<T> type() {
    return type;
  }

  public List<OptionDeclaration> options() {
    return options;
  }

  /**
   * Makes the record.
   *
   * @param values one for each option; null where an option is unset and has no default
   * @throws IllegalArgumentException when the record's constructor refuses the values
   */
  public T create(@Nullable Object[] values) {
    @Nullable Object[] arguments = new Object[values.length];
    for (int i = 0; i < values.length; i++) {
      arguments[i] = options.get(i).optional() ? Optional.ofNullable(values[i]) : values[i];
    }
    try {
      return constructor.newInstance(arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException refused) {
        throw refused;
      }
      throw new IllegalArgumentException(type.getName() + " refuses its values", e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot make a " + type.getName(), e);
    }
  }
}
