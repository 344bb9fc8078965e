package org.impetusmta.core.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * Finds out which edits of which files make a configuration of another one. A value that replaces
 * one in a file that may be written goes where that was said last. Any other goes into the first
 * such file in which its scope was opened, then into the file of local changes, then into the main
 * file; what fits nowhere is left over. A value that is taken away is taken out of every file that
 * says it. Single. Source: conf.overview, 15.1.2.
 */
final class WritebackPlan {
  private static final int NOT_SAID = -1;

  private final ConfigTree from;
  private final LocalChanges local;
  private final Predicate<Path> writable;
  private final SourceMap map;
  private final Map<Integer, SourceEdits> edits = new TreeMap<>();
  private final List<Difference> unsaved = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private ConfigScope virtual = ConfigScope.EMPTY;

  /**
   * What to do.
   *
   * @param texts the new text of each file that changes
   * @param unsaved what no file can say
   * @param warnings why not, for the operator
   * @param virtual the values among what is unsaved, as a file would say them
   */
  record Edits(
      Map<Path, String> texts,
      List<Difference> unsaved,
      List<String> warnings,
      List<String> virtual) {}

  /**
   * @param from what the files say, the file of local changes among them if it exists
   * @param local in force once the changes are written
   */
  WritebackPlan(ConfigTree from, LocalChanges local, Predicate<Path> writable) {
    this.from = from;
    this.local = local;
    this.writable = writable;
    this.map = from.sources();
  }

  /**
   * The edits that make the files say {@code wanted}.
   *
   * @param localFile the file of local changes by the path that the sources have it under
   */
  Edits edits(ConfigScope wanted, Optional<Path> localFile) {
    int localNumber = localFile.map(file -> map.provide(file)).orElse(SourceMap.NO_FILE);
    for (Difference difference : Difference.between(from.root(), wanted)) {
      switch (difference) {
        case Difference.Said said -> say(said, localNumber);
        case Difference.Unsaid unsaid -> unsay(unsaid, localNumber);
        case Difference.Opened opened ->
            place(opened.path(), NOT_SAID, localNumber)
                .ifPresentOrElse(
                    place -> insert(place, scope -> scope), () -> leaveOver(opened, s -> s));
        case Difference.Removed removed -> remove(removed, localNumber);
      }
    }
    Map<Path, String> texts = new LinkedHashMap<>();
    edits.forEach((file, edit) -> texts.put(map.files().get(file).path(), edit.apply()));
    ScopePrinter printer = new ScopePrinter("\n");
    printer.entries(virtual, "", true);
    return new Edits(texts, unsaved, warnings, printer.toString().lines().toList());
  }

  private void say(Difference.Said said, int localNumber) {
    ConfigOption option = said.option();
    List<ScopeSources.Statement> statements = map.root().at(said.path()).statements(option.name());
    int last = NOT_SAID;
    if (!statements.isEmpty()) {
      ScopeSources.Statement statement = statements.getLast();
      ScopeSources.Span span = statement.span();
      if (span != null && isWritable(statement.file(), localNumber)) {
        edit(statement.file()).replace(span, option.value());
        return;
      }
      last = statement.sequence();
    }
    UnaryOperator<ConfigScope> change = scope -> scope.with(option);
    place(said.path(), last, localNumber)
        .ifPresentOrElse(place -> insert(place, change), () -> leaveOver(said, change));
  }

  private void unsay(Difference.Unsaid unsaid, int localNumber) {
    for (ScopeSources.Statement statement :
        map.root().at(unsaid.path()).statements(unsaid.option().name())) {
      ScopeSources.Span span = statement.span();
      if (span != null && isWritable(statement.file(), localNumber)) {
        edit(statement.file()).remove(span.start(), span.end());
      } else {
        cannotGo(unsaid, statement.option().where().toString());
      }
    }
  }

  private void remove(Difference.Removed removed, int localNumber) {
    for (Opening opening : map.root().at(removed.path()).openings()) {
      if (opening.isWholeFile()) {
        continue; // goes with the include, which stands in the stanza
      }
      if (opening.hasPlace() && isWritable(opening.file(), localNumber)) {
        edit(opening.file()).remove(opening.start(), opening.close() + 1);
      } else {
        cannotGo(removed, told(opening.file(), removed.path()));
      }
    }
  }

  private String told(int file, ConfigPath path) {
    return file == SourceMap.NO_FILE
        ? path.in(from.root()).orElse(from.root()).where().file()
        : map.files().get(file).path().toString();
  }

  /** The manual has no way to unset what a file says that must not be changed. */
  private void cannotGo(Difference difference, String where) {
    unsaved.add(difference);
    warnings.add(
        "%s stands in %s, which %s; it comes back when the configuration is read again"
            .formatted(
                difference.told(),
                where,
                local.only() ? "Local_Changes_Only keeps as it is" : "is read-only"));
  }

  private void leaveOver(Difference difference, UnaryOperator<ConfigScope> change) {
    unsaved.add(difference);
    virtual = virtual.changed(difference.path().steps(), change);
  }

  /**
   * Where something goes.
   *
   * @param opening at its end
   * @param rest the stanzas to open there
   */
  private record Place(Opening opening, ConfigPath rest) {}

  private void insert(Place place, UnaryOperator<ConfigScope> change) {
    edit(place.opening().file())
        .add(place.opening(), scope -> scope.changed(place.rest().steps(), change));
  }

  /**
   * @param after the number of the statement that the new one overrides
   */
  private Optional<Place> place(ConfigPath path, int after, int localNumber) {
    for (Opening opening : map.root().at(path).openings()) {
      if (isWritable(opening.file(), localNumber) && opening.closesAfter(after)) {
        Place place =
            opening.hasPlace()
                ? new Place(opening, ConfigPath.GLOBAL)
                : atEnd(opening.file(), path);
        if (place.opening().closesAfter(after)) {
          return Optional.of(place);
        }
      }
    }
    if (localNumber != SourceMap.NO_FILE && isWritable(localNumber, localNumber)) {
      return Optional.of(within(localNumber, path, after));
    }
    return isWritable(0, localNumber)
        ? Optional.of(within(0, path, after)).filter(place -> place.opening().closesAfter(after))
        : Optional.empty();
  }

  /** In the innermost stanza on the way that the file opens, else at its end. */
  private Place within(int file, ConfigPath path, int after) {
    if (!isNewPattern(path)) {
      for (int steps = path.steps().size() - 1; steps > 0; steps--) {
        for (Opening opening : map.root().at(path.first(steps)).openings()) {
          if (opening.file() == file && opening.hasPlace() && opening.closesAfter(after)) {
            return new Place(opening, path.behind(steps));
          }
        }
      }
    }
    return atEnd(file, path);
  }

  /** What matches a pattern depends on the patterns before it: a new one comes last. */
  private boolean isNewPattern(ConfigPath path) {
    if (path.in(from.root()).isPresent()) {
      return false;
    }
    return path.steps().stream()
        .anyMatch(step -> ConfigScope.isPattern(step.name(), step.instance()));
  }

  private Place atEnd(int file, ConfigPath path) {
    SourceMap.SourceText text = map.files().get(file);
    return new Place(text.body(), path.behind(text.scope().steps().size()));
  }

  private SourceEdits edit(int file) {
    return edits.computeIfAbsent(file, _ -> new SourceEdits(map.files().get(file).text()));
  }

  private boolean isWritable(int file, int localNumber) {
    if (file == localNumber) {
      return file != SourceMap.NO_FILE;
    }
    if (local.only() || file < 0 || file >= from.files().size()) {
      return false;
    }
    ConfigTree.SourceFile source = from.files().get(file);
    return !source.readOnly() && LocalChanges.canReplace(source.path(), writable);
  }
}
