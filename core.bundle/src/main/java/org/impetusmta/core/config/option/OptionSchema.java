package org.impetusmta.core.config.option;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Every option and stanza that is known, in force or planned, as a table. {@code ec_dump_config
 * --schema} prints it; the reference page and the drift test are made of it. Immutable.
 */
public record OptionSchema(List<Row> rows) {
  static final String ACTIVE = "active";
  static final String PLANNED = "planned";
  static final String STANZA = "stanza";

  private static final List<String> HEADER =
      List.of("name", "scopes", "type", "default", "dynamic", "module", "state");

  /** The order in which scopes are named: the general ones first, sending before receiving. */
  private static final List<String> ORDER =
      List.of("global", "binding_group", "binding", "domain", "host");

  /**
   * One option in the scopes where it means the same.
   *
   * @param scopes as an option set names them, {@code listen} for one inside the listeners named
   * @param type the name of an {@link OptionType}, {@code enum:a,b,c}, {@code throttle}, {@code
   *     bounds}, or {@code stanza}
   * @param defaultValue the items of a list separated by blanks; empty: none
   * @param range {@code 1..65535}; empty: any
   * @param module the bundle that declares it, or the folder that will
   * @param state {@code active} or {@code planned}
   * @param capability what a planned one comes with; empty for others
   */
  record Row(
      String name,
      List<String> scopes,
      String type,
      String defaultValue,
      String range,
      boolean dynamic,
      String module,
      String state,
      String capability,
      String doc) {
    boolean isStanza() {
      return type.equals(STANZA);
    }

    /** Whether another set declares the same; such sets agree on what it is. */
    boolean isSaidBy(Row other) {
      return name.equals(other.name) && scopes.equals(other.scopes);
    }
  }

  /** What a catalogue knows. */
  public static OptionSchema of(OptionCatalog catalog) {
    List<Row> rows = new ArrayList<>();
    Set<String> listeners = listeners(catalog);
    for (OptionDeclaration option : catalog.all()) {
      Row row = active(option);
      if (rows.stream().noneMatch(row::isSaidBy)) {
        rows.add(row);
      }
    }
    for (PlannedOption option : catalog.plannedOptions()) {
      planned(catalog, option, rows);
    }
    catalog
        .places()
        .forEach(
            (name, places) ->
                rows.add(stanza(name, expand(places, listeners), catalog.taker(name), ACTIVE, "")));
    for (PlannedStanza stanza : catalog.plannedStanzas()) {
      rows.add(
          stanza(stanza.name(), stanza.places(), stanza.folder(), PLANNED, stanza.capability()));
    }
    rows.sort(
        Comparator.comparing(Row::name)
            .thenComparing(Row::isStanza)
            .thenComparing(row -> String.join(",", row.scopes())));
    return new OptionSchema(List.copyOf(rows));
  }

  private static Row active(OptionDeclaration option) {
    String type = option.type().name();
    return new Row(
        option.name(),
        ordered(option.scopes()),
        type.startsWith("one of ") ? "enum:" + type.substring(7).replace(", ", ",") : type,
        option.defaultValue().map(OptionSchema::text).orElse(""),
        option.type().range(),
        option.dynamic(),
        option.module(),
        ACTIVE,
        "",
        option.doc());
  }

  /** Only the scopes in which nobody declares the option. */
  private static void planned(OptionCatalog catalog, PlannedOption option, List<Row> rows) {
    List<String> waiting =
        option.keys().stream()
            .filter(key -> catalog.planned(key, option.name()).isPresent())
            .toList();
    if (!waiting.isEmpty()) {
      rows.add(
          new Row(
              option.name(),
              ordered(waiting),
              option.type(),
              option.defaultValue(),
              option.range(),
              option.dynamic(),
              option.folder(),
              PLANNED,
              option.capability(),
              option.doc()));
    }
  }

  private static Row stanza(
      String name, Iterable<String> places, String module, String state, String capability) {
    Set<String> scopes = new TreeSet<>();
    places.forEach(scopes::add);
    return new Row(
        name, ordered(scopes), STANZA, "", "", true, module, state, capability, "Opens a scope");
  }

  private static Set<String> listeners(OptionCatalog catalog) {
    return catalog.knownStanzas(ScopeRules.GLOBAL).stream()
        .filter(ScopeRules::isListener)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> expand(Set<String> places, Set<String> listeners) {
    Set<String> expanded = new TreeSet<>(places);
    if (expanded.remove(ScopeRules.ANY_LISTENER)) {
      expanded.addAll(listeners);
    }
    return expanded;
  }

  /** Scope keys under the names that an option set has for them, in the order of the page. */
  private static List<String> ordered(Iterable<String> keys) {
    Set<String> names = new LinkedHashSet<>();
    for (String key : keys) {
      boolean inListener = key.endsWith("::listen") || key.endsWith("::peer");
      names.add(inListener ? key.substring(key.lastIndexOf(':') + 1) : key);
    }
    return names.stream()
        .sorted(Comparator.comparingInt(OptionSchema::place).thenComparing(name -> name))
        .toList();
  }

  private static int place(String scope) {
    int known = ORDER.indexOf(scope);
    return known >= 0
        ? known
        : switch (scope) {
          case "listen" -> 11;
          case "peer" -> 12;
          case "pathway_group" -> 13;
          case "pathway" -> 14;
          default -> ScopeRules.isListener(scope) ? 10 : 15;
        };
  }

  /** A default in one line. */
  private static String text(ConfigValue value) {
    return switch (value) {
      case ConfigValue.Text(String text, char _) -> text;
      case ConfigValue.Items(List<ConfigValue> items) ->
          items.stream().map(OptionSchema::text).collect(Collectors.joining(" "));
      case ConfigValue.Dictionary(Map<String, ConfigValue> entries) ->
          entries.entrySet().stream()
              .map(entry -> entry.getKey() + " = " + text(entry.getValue()))
              .collect(Collectors.joining(" "));
    };
  }

  /** Tab separated lines, the first of them the names of the columns. */
  public String tsv() {
    StringBuilder out = new StringBuilder();
    line(out, HEADER);
    for (Row row : rows) {
      line(
          out,
          Arrays.asList(
              row.name(),
              String.join(",", row.scopes()),
              row.type(),
              row.defaultValue(),
              row.dynamic() ? "yes" : "no",
              row.module(),
              row.state()));
    }
    return out.toString();
  }

  private static void line(StringBuilder out, List<String> cells) {
    out.append(
            cells.stream()
                .map(cell -> cell.replace('\t', ' ').replace('\n', ' '))
                .collect(Collectors.joining("\t")))
        .append('\n');
  }
}
