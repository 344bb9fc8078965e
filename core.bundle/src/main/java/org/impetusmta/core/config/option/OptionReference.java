package org.impetusmta.core.config.option;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.impetusmta.core.config.option.OptionSchema.Row;

/**
 * The reference page of all options, {@code docs/reference/options.md}, made of the schema, the
 * declarations' documentation and the table of manual pages beside this class. {@code
 * ec_dump_config --reference} prints it. Immutable.
 */
public final class OptionReference {
  /** One step of a fallback path: where the option is looked for, and the scope that is. */
  private record Step(String place, String scope) {}

  private static final List<Step> SENDING =
      List.of(
          new Step("binding_group::binding::domain", "domain"),
          new Step("binding::domain", "domain"),
          new Step("binding_group::domain", "domain"),
          new Step("binding_group::binding", "binding"),
          new Step("binding", "binding"),
          new Step("binding_group", "binding_group"),
          new Step("domain", "domain"));
  private static final List<Step> RECEIVING_INSIDE =
      List.of(
          new Step("listener::listen::peer", "peer"),
          new Step("listener::peer", "peer"),
          new Step("listener::listen", "listen"));
  private static final List<Step> RECEIVING_PATHWAYS =
      List.of(
          new Step("pathway_group::pathway", "pathway"),
          new Step("pathway", "pathway"),
          new Step("pathway_group", "pathway_group"));

  private final OptionSchema schema;
  private final Map<String, String> pages;

  private OptionReference(OptionSchema schema, Map<String, String> pages) {
    this.schema = schema;
    this.pages = pages;
  }

  /** The page for a schema. */
  public static String of(OptionSchema schema) {
    Map<String, String> pages =
        Planned.read("manual-pages.tsv", 2, cells -> Map.entry(cells[0], cells[1])).stream()
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    return new OptionReference(schema, pages).page();
  }

  private String page() {
    List<Row> options = schema.rows().stream().filter(row -> !row.isStanza()).toList();
    Map<String, List<Row>> byName =
        options.stream()
            .collect(Collectors.groupingBy(Row::name, LinkedHashMap::new, Collectors.toList()));
    StringBuilder out = new StringBuilder();
    out.append(
        """
        # All options

        <!-- made by bin/ec_dump_config --reference; edit the declarations instead -->

        Every option that Impetus knows, in the scopes where it may stand. *Planned* ones are refused, with what they come with.
        A value is looked for along the fallback path, from left to right; what nobody says has its default. Types and scopes are
        described in [the configuration language](../configuration.md). "Manual" names the page of the Momentum manual.
        """);
    byName.forEach(
        (name, rows) -> {
          out.append("\n## ").append(name).append('\n');
          rows.forEach(row -> option(row, out));
        });
    stanzas(out);
    return out.toString();
  }

  private void option(Row row, StringBuilder out) {
    List<String> facts = new ArrayList<>();
    facts.add("**" + String.join(", ", row.scopes()) + "**");
    facts.add(row.type().replace("enum:", "one of ").replace(",", ", "));
    facts.add(row.defaultValue().isEmpty() ? "no default" : "default `" + row.defaultValue() + "`");
    if (!row.range().isEmpty()) {
      facts.add("`" + row.range() + "`");
    }
    if (!row.dynamic()) {
      facts.add("changes after a restart");
    }
    facts.add(row.capability().isEmpty() ? "in force" : "*planned*: " + row.capability());
    facts.add(row.module());
    out.append('\n').append(String.join(" · ", facts)).append("\\\n");
    sentence(row.doc(), out);
    out.append(path(row)).append(manual(row)).append('\n');
  }

  private static void sentence(String doc, StringBuilder out) {
    if (!doc.isEmpty()) {
      out.append(Character.toUpperCase(doc.charAt(0))).append(doc.substring(1));
      out.append(doc.endsWith(".") ? "\\\n" : ".\\\n");
    }
  }

  private static String path(Row row) {
    List<String> scopes = row.scopes();
    List<String> paths = new ArrayList<>();
    boolean global = scopes.contains(ScopeRules.GLOBAL);
    List<String> sending = steps(SENDING, scopes);
    if (!sending.isEmpty()) {
      paths.add(joined(sending, global));
    }
    List<String> receiving = steps(RECEIVING_INSIDE, scopes);
    if (scopes.stream().anyMatch(ScopeRules::isListener)) {
      receiving.add("listener");
    }
    receiving.addAll(steps(RECEIVING_PATHWAYS, scopes));
    if (!receiving.isEmpty()) {
      paths.add(joined(receiving, global));
    }
    if (paths.isEmpty()) {
      paths.add("none");
    }
    return "Fallback: " + String.join("; ", paths) + ".";
  }

  private static List<String> steps(List<Step> steps, List<String> scopes) {
    return steps.stream()
        .filter(step -> scopes.contains(step.scope()))
        .map(Step::place)
        .collect(Collectors.toCollection(ArrayList::new));
  }

  private static String joined(List<String> steps, boolean global) {
    return String.join(" > ", steps) + (global ? " > global" : "");
  }

  /** The table has only the pages whose names do not follow from the option's. */
  private String manual(Row row) {
    String page =
        row.scopes().stream()
            .map(scope -> pages.get(row.name() + "@" + scope))
            .filter(found -> found != null)
            .findFirst()
            .orElseGet(() -> pages.getOrDefault(row.name(), usual(row)));
    return page.equals("-") ? "" : " Manual: " + page + ".";
  }

  private static String usual(Row row) {
    Set<String> scopes = Set.copyOf(row.scopes());
    return scopes.equals(Set.of(row.module().substring(row.module().indexOf('.') + 1)))
        ? "modules." + row.scopes().getFirst()
        : "conf.ref." + row.name();
  }

  private void stanzas(StringBuilder out) {
    out.append(
        "\n# All stanzas\n\n| stanza | stands in | state | declared by |\n|---|---|---|---|\n");
    for (Row row : schema.rows()) {
      if (row.isStanza()) {
        out.append(
            "| %s | %s | %s | %s |\n"
                .formatted(
                    row.name(),
                    String.join(", ", row.scopes()),
                    row.capability().isEmpty() ? "in force" : "planned: " + row.capability(),
                    row.module()));
      }
    }
  }
}
