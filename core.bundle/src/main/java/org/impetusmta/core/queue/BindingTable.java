package org.impetusmta.core.queue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.config.Stanza;

/**
 * The bindings that a generation of the configuration has, in the order of their stanzas: their
 * place is their slot, {@code default} is slot 0. A binding that stands in a group belongs to it;
 * one that stands alone belongs to the group {@code default}. Immutable. Source: conf.ref.binding,
 * conf.ref.binding_group.
 */
final class BindingTable {
  /** The binding, and the group, of mail that was given none. */
  static final String DEFAULT = "default";

  /**
   * A binding.
   *
   * @param number its slot
   */
  record Slot(int number, String name, String group) {}

  private final long generation;
  private final List<Slot> slots = new ArrayList<>();
  private final Map<String, Slot> byName = new LinkedHashMap<>();
  private final Map<String, List<String>> groups = new LinkedHashMap<>();

  private record Place(int order, String name, String group) {}

  BindingTable(Generation generation) {
    this.generation = generation.number();
    Map<String, Place> places = new LinkedHashMap<>();
    for (Stanza group : generation.stanzas(Scopes.BINDING_GROUP)) {
      String name = group.instance().orElse(DEFAULT);
      groups.computeIfAbsent(name, _ -> new ArrayList<>());
      for (Stanza binding : group.children(Scopes.BINDING)) {
        put(places, binding, name);
      }
    }
    for (Stanza binding : generation.stanzas(Scopes.BINDING)) {
      put(places, binding, DEFAULT);
    }
    Place own = places.remove(DEFAULT);
    add(DEFAULT, own == null ? DEFAULT : own.group());
    places.values().stream()
        .sorted(Comparator.comparingInt(Place::order))
        .forEach(place -> add(place.name(), place.group()));
  }

  private static void put(Map<String, Place> places, Stanza binding, String group) {
    String name = binding.instance().orElse(DEFAULT);
    places.putIfAbsent(name, new Place(binding.order(), name, group));
  }

  private void add(String name, String group) {
    Slot slot = new Slot(slots.size(), name, group);
    slots.add(slot);
    byName.put(name, slot);
    groups.computeIfAbsent(group, _ -> new ArrayList<>()).add(name);
  }

  /**
   * Looks at the names of a generation that may come into force.
   *
   * @throws ConfigException where one is none
   */
  static void check(Generation next) throws ConfigException {
    for (Stanza binding : next.stanzas(Scopes.BINDING)) {
      check(binding);
    }
    for (Stanza group : next.stanzas(Scopes.BINDING_GROUP)) {
      if (group.instance().filter(name -> name.matches(".*\\s.*")).isPresent()) {
        throw new ConfigException(
            group.position()
                + ": the name of a binding_group has no blanks: "
                + group.instance().get());
      }
      for (Stanza binding : group.children(Scopes.BINDING)) {
        check(binding);
      }
    }
  }

  private static void check(Stanza binding) throws ConfigException {
    if (binding.instance().filter(name -> name.matches(".*[\\s:].*")).isPresent()) {
      throw new ConfigException(
          binding.position()
              + ": the name of a binding has neither blanks nor colons: "
              + binding.instance().get());
    }
  }

  long generation() {
    return generation;
  }

  /** All bindings by slot. */
  List<Slot> slots() {
    return slots;
  }

  Optional<Slot> find(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /** The names of the members of a group; empty where there is no such group. */
  List<String> members(String group) {
    return groups.getOrDefault(group, List.of());
  }

  boolean hasGroup(String group) {
    return groups.containsKey(group);
  }
}
