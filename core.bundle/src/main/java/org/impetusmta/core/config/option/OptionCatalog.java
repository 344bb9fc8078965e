package org.impetusmta.core.config.option;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Every option and stanza that somebody declares. Bundles come and go, so do declarations; the
 * first who reads after a change makes a new immutable index, further readers take no lock.
 * Concurrent.
 *
 * <p>An option may be declared by several sets, if they agree on its type and default in every
 * scope that they share.
 */
public final class OptionCatalog {
  /** Keeps something that it made of option sets. */
  @FunctionalInterface
  public interface Follower {
    /** The option set is withdrawn: its class may go. */
    void forget(Class<? extends Record> optionSet);
  }

  private final Map<Class<? extends Record>, OptionShape<?>> shapes = new LinkedHashMap<>();

  /** Of what is declared and what is retired, for those who read options: event loops do. */
  private final Map<Class<? extends Record>, OptionShape<?>> readable = new ConcurrentHashMap<>();

  private final Set<Class<? extends Record>> retired = new HashSet<>();
  private final Map<String, Set<String>> stanzas = new TreeMap<>();
  private final Set<Follower> followers = Collections.newSetFromMap(new WeakHashMap<>());
  private final Planned planned = Planned.ofRelease();
  private final Map<String, List<OptionDeclaration>> declared = new HashMap<>();
  private volatile @Nullable Index index;

  /** A catalogue that holds the engine's own options. */
  public OptionCatalog() {
    declare(EngineOptions.class, "core.bundle");
  }

  /**
   * Adds an option set. Declaring the same class again changes nothing.
   *
   * @param optionSet a record annotated with {@link org.impetusmta.api.config.OptionSet}
   * @param origin who declares it, for messages: the bundle's name
   * @throws IllegalStateException when it is no sound option set, or contradicts another one
   */
  public synchronized void declare(Class<? extends Record> optionSet, String origin) {
    if (shapes.containsKey(optionSet)) {
      return;
    }
    OptionShape<?> shape = new OptionShape<>(optionSet, origin);
    shape.options().forEach(this::requireAgreement);
    retired.remove(optionSet);
    shapes.put(optionSet, shape);
    readable.put(optionSet, shape);
    for (OptionDeclaration added : shape.options()) {
      declared.computeIfAbsent(added.name(), _ -> new ArrayList<>(1)).add(added);
    }
    index = null;
  }

  private void requireAgreement(OptionDeclaration added) {
    for (OptionDeclaration other : declared.getOrDefault(added.name(), List.of())) {
      if (added.agrees(other)) {
        continue;
      }
      for (String scope : added.scopes()) {
        if (other.scopes().contains(scope) || other.scopes().contains(ScopeRules.general(scope))) {
          throw new IllegalStateException(
              "the option %s of the scope %s is declared as %s by %s and as %s by %s"
                  .formatted(
                      added.name(),
                      scope,
                      told(added),
                      added.origin(),
                      told(other),
                      other.origin()));
        }
      }
    }
  }

  private boolean remove(Class<? extends Record> optionSet) {
    OptionShape<?> shape = shapes.remove(optionSet);
    if (shape != null) {
      for (OptionDeclaration option : shape.options()) {
        declared.computeIfPresent(
            option.name(), (_, all) -> all.remove(option) && all.isEmpty() ? null : all);
      }
      index = null;
    }
    return shape != null;
  }

  private Index index() {
    Index current = index;
    return current == null ? newIndex() : current;
  }

  private synchronized Index newIndex() {
    Index current = index;
    if (current == null) {
      current = Index.of(shapes.values(), stanzas.keySet());
      index = current;
    }
    return current;
  }

  /**
   * Makes room for another revision of an option set: it may not be said any more, but whoever runs
   * still reads it, until it is withdrawn or declared again.
   */
  public synchronized void retire(Class<? extends Record> optionSet) {
    if (remove(optionSet)) {
      retired.add(optionSet);
    }
  }

  private static String told(OptionDeclaration option) {
    return option.type().name()
        + option.defaultValue().map(value -> " = " + value.printed("")).orElse(" without default");
  }

  /** Takes an option set away; followers forget what they made of it. */
  public synchronized void withdraw(Class<? extends Record> optionSet) {
    boolean inForce = remove(optionSet);
    if (retired.remove(optionSet) || inForce) {
      readable.remove(optionSet);
      followers.forEach(follower -> follower.forget(optionSet));
    }
  }

  /** Makes a stanza known that has no options of its own: a module's, {@code NAME { … }}. */
  public synchronized void declareStanza(String name, String origin) {
    stanzas.computeIfAbsent(name.toLowerCase(Locale.ROOT), _ -> new LinkedHashSet<>()).add(origin);
    index = null;
  }

  /** Takes away what {@link #declareStanza} made known. */
  public synchronized void withdrawStanza(String name) {
    stanzas.remove(name.toLowerCase(Locale.ROOT));
    index = null;
  }

  /** Adds a follower, for as long as somebody else keeps it. */
  public synchronized void register(Follower follower) {
    followers.add(follower);
  }

  /** The declaration of an option in a scope, if it may be said there. */
  public Optional<OptionDeclaration> find(String scopeKey, String option) {
    return index().declarations(scopeKey, option).stream().findFirst();
  }

  /** Every declaration of an option in a scope; they agree on type and default, not on ranges. */
  public List<OptionDeclaration> findAll(String scopeKey, String option) {
    return index().declarations(scopeKey, option);
  }

  /** The names of the options that may be said in a scope. */
  public Set<String> options(String scopeKey) {
    return index().options(scopeKey);
  }

  /** The option of the manual that nobody declares for this scope yet. */
  public Optional<PlannedOption> planned(String scopeKey, String option) {
    return find(scopeKey, option).isPresent() ? Optional.empty() : planned.option(scopeKey, option);
  }

  /** The stanza of the manual that nobody declares for this scope yet. */
  public Optional<PlannedStanza> plannedStanza(String scopeKey, String name) {
    return isStanza(scopeKey, name) ? Optional.empty() : planned.stanza(scopeKey, name);
  }

  /** The scopes that an option may be said in; of one that waits, those that it is for. */
  public Set<String> scopesOf(String option) {
    Set<String> inForce = index().scopesOf.getOrDefault(option, Set.of());
    return inForce.isEmpty()
        ? planned.options().stream()
            .filter(later -> later.name().equals(option))
            .flatMap(later -> later.keys().stream())
            .collect(Collectors.toCollection(TreeSet::new))
        : inForce;
  }

  /** The names that mean something in a scope, now or later: options and stanzas. */
  public Set<String> known(String scopeKey) {
    Set<String> names = new TreeSet<>(options(scopeKey));
    names.addAll(planned.optionNames(scopeKey));
    names.addAll(knownStanzas(scopeKey));
    return names;
  }

  /** The names of the stanzas of a scope, now or later. */
  public Set<String> knownStanzas(String scopeKey) {
    Set<String> names = new TreeSet<>(stanzas(scopeKey));
    names.addAll(planned.stanzaNames(scopeKey));
    return names;
  }

  /** The names of all options, now or later. */
  public Set<String> allOptions() {
    Set<String> names = new TreeSet<>(index().scopesOf.keySet());
    planned.options().forEach(option -> names.add(option.name()));
    return names;
  }

  /**
   * The stanzas that somebody takes up: for each name the keys of the scopes that it may stand in,
   * {@code *} for all listeners.
   */
  Map<String, Set<String>> places() {
    Map<String, Set<String>> places = new TreeMap<>();
    for (String name : ScopeRules.coreStanzas()) {
      places.computeIfAbsent(name, _ -> new TreeSet<>()).addAll(ScopeRules.placesOf(name));
    }
    index()
        .stanzas
        .forEach(
            (parent, names) ->
                names.forEach(
                    name -> places.computeIfAbsent(name, _ -> new TreeSet<>()).add(parent)));
    return places;
  }

  /** The bundle that takes a stanza up: the module of that name, or the core. */
  synchronized String taker(String stanza) {
    return stanzas.getOrDefault(stanza, Set.of("core.bundle")).iterator().next();
  }

  /** The options of the manual that wait, wholly or in some of their scopes. */
  List<PlannedOption> plannedOptions() {
    return planned.options();
  }

  /** The stanzas of the manual that wait: nobody declares them. */
  List<PlannedStanza> plannedStanzas() {
    return planned.stanzas().stream()
        .filter(stanza -> stanza.places().stream().noneMatch(at -> isStanza(at, stanza.name())))
        .toList();
  }

  /** Every declaration, in the order they were made. */
  public synchronized List<OptionDeclaration> all() {
    return shapes.values().stream().flatMap(shape -> shape.options().stream()).toList();
  }

  /** Whether the value of an option of that name, in lower case, is not shown. */
  public boolean isSecret(String option) {
    return all().stream().anyMatch(found -> found.secret() && found.name().equals(option));
  }

  /** The names of the stanzas that may stand in a scope. */
  public Set<String> stanzas(String scopeKey) {
    Set<String> names = new TreeSet<>(index().stanzas(scopeKey));
    for (String name : ScopeRules.coreStanzas()) {
      if (ScopeRules.mayStand(name, scopeKey)) {
        names.add(name);
      }
    }
    return names;
  }

  /** Whether a stanza may stand in a scope. */
  public boolean isStanza(String scopeKey, String name) {
    return ScopeRules.mayStand(name, scopeKey) || index().stanzas(scopeKey).contains(name);
  }

  /** The names of all stanzas, wherever they may stand. */
  public Set<String> allStanzas() {
    Set<String> names = new TreeSet<>(ScopeRules.coreStanzas());
    index().stanzas.values().forEach(names::addAll);
    return names;
  }

  /** What is known of an option set, if it is declared. */
  @SuppressWarnings("unchecked") // shapes are kept under their own class
  public <T extends Record> @Nullable OptionShape<T> shape(Class<T> type) {
    return (OptionShape<T>) readable.get(type);
  }

  /** What readers see; immutable. */
  private record Index(
      Map<String, Map<String, List<OptionDeclaration>>> options,
      Map<String, Set<String>> scopesOf,
      Map<String, Set<String>> stanzas) {
    static Index of(Collection<OptionShape<?>> all, Collection<String> named) {
      Map<String, Map<String, List<OptionDeclaration>>> options = new LinkedHashMap<>();
      Map<String, Set<String>> scopesOf = new TreeMap<>();
      Map<String, Set<String>> stanzas = new LinkedHashMap<>();
      named.forEach(name -> addStanza(stanzas, name));
      for (OptionShape<?> shape : all) {
        for (OptionDeclaration option : shape.options()) {
          for (String scope : option.scopes()) {
            options
                .computeIfAbsent(scope, _ -> new TreeMap<>())
                .computeIfAbsent(option.name(), _ -> new ArrayList<>())
                .add(option);
            scopesOf.computeIfAbsent(option.name(), _ -> new TreeSet<>()).add(scope);
            addStanza(stanzas, scope);
          }
        }
      }
      return new Index(options, scopesOf, stanzas);
    }

    /** {@code alias::scheme} makes alias known in the global scope and scheme inside it. */
    private static void addStanza(Map<String, Set<String>> stanzas, String key) {
      String parent = ScopeRules.GLOBAL;
      for (String name : key.split(ScopeRules.INSIDE, -1)) {
        boolean pseudo = name.equals(ScopeRules.GLOBAL) || name.equals(ScopeRules.ANY_MODULE);
        if (pseudo || name.equals("*")) {
          return;
        }
        if (!ScopeRules.coreStanzas().contains(name)) {
          stanzas.computeIfAbsent(parent, _ -> new TreeSet<>()).add(name);
        }
        parent = ScopeRules.key(parent, name);
      }
    }

    Set<String> stanzas(String scopeKey) {
      return stanzas.getOrDefault(scopeKey, Set.of());
    }

    List<OptionDeclaration> declarations(String scopeKey, String option) {
      List<OptionDeclaration> own = in(scopeKey).getOrDefault(option, List.of());
      String general = ScopeRules.general(scopeKey);
      if (general.equals(scopeKey)) {
        return own;
      }
      List<OptionDeclaration> common = in(general).getOrDefault(option, List.of());
      if (own.isEmpty() || common.isEmpty()) {
        return own.isEmpty() ? common : own;
      }
      List<OptionDeclaration> both = new ArrayList<>(own);
      both.addAll(common);
      return both;
    }

    Set<String> options(String scopeKey) {
      Set<String> names = new TreeSet<>(in(scopeKey).keySet());
      names.addAll(in(ScopeRules.general(scopeKey)).keySet());
      return names;
    }

    private Map<String, List<OptionDeclaration>> in(String scopeKey) {
      return options.getOrDefault(scopeKey, Map.of());
    }
  }
}
