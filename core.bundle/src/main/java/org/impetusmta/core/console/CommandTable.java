package org.impetusmta.core.console;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.SortedMap;
import java.util.TreeMap;
import org.impetusmta.api.console.ConsoleCommand;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The commands that exist now, by the words that call them. Where two services claim the same
 * words, the first keeps them until it goes. Concurrent: readers see an immutable map that each
 * change replaces.
 */
final class CommandTable {
  private static final Logger LOG = LoggerFactory.getLogger(CommandTable.class);

  private final List<ConsoleCommand> commands = new ArrayList<>();
  private volatile SortedMap<String, ConsoleCommand> byName = new TreeMap<>();

  /**
   * A command that was found in a line.
   *
   * @param words how many words of the line called it
   */
  record Match(ConsoleCommand command, int words) {}

  synchronized void add(ConsoleCommand command) {
    if (key(command.name()).isEmpty()) {
      LOG.warn("console command {} has no name: ignored", command.getClass().getName());
      return;
    }
    ConsoleCommand known = byName.get(key(command.name()));
    // a module that is being updated stands beside its successor for a moment
    if (known != null && !known.getClass().getName().equals(command.getClass().getName())) {
      LOG.warn(
          "console command \"{}\" is claimed by {} and {}: the first keeps it",
          command.name(),
          known.getClass().getName(),
          command.getClass().getName());
    }
    commands.add(command);
    rebuild();
  }

  synchronized void remove(ConsoleCommand command) {
    commands.removeIf(known -> known == command);
    rebuild();
  }

  private void rebuild() {
    SortedMap<String, ConsoleCommand> next = new TreeMap<>();
    for (ConsoleCommand command : commands) {
      next.putIfAbsent(key(command.name()), command);
    }
    byName = next;
  }

  /** All commands in the order of their names. */
  Collection<ConsoleCommand> all() {
    return byName.values();
  }

  /** The command with most words that {@code words} begins with. */
  Optional<Match> longest(List<String> words) {
    SortedMap<String, ConsoleCommand> now = byName;
    Match found = null;
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < words.size(); i++) {
      name.append(i == 0 ? "" : " ").append(lower(words.get(i)));
      ConsoleCommand command = now.get(name.toString());
      if (command != null) {
        found = new Match(command, i + 1);
      } else if (!anyGoesOn(now, name + " ")) {
        break;
      }
    }
    return Optional.ofNullable(found);
  }

  /** The commands whose first words are {@code words}, the exact one among them. */
  List<ConsoleCommand> beginningWith(List<String> words) {
    String name = lower(String.join(" ", words));
    return byName.entrySet().stream()
        .filter(entry -> entry.getKey().equals(name) || entry.getKey().startsWith(name + " "))
        .map(entry -> entry.getValue())
        .toList();
  }

  /** The words that can follow {@code words} in names of commands and begin with {@code start}. */
  SequencedSet<String> nextWords(List<String> words, String start) {
    SequencedSet<String> next = new LinkedHashSet<>();
    for (ConsoleCommand command : byName.values()) {
      String[] name = command.name().strip().split("\\s+");
      if (name.length > words.size()
          && lower(name[words.size()]).startsWith(lower(start))
          && agree(name, words)) {
        next.add(name[words.size()]);
      }
    }
    return next;
  }

  /** The names that an operator may have meant, nearest first, at most three. */
  List<String> near(List<String> words) {
    record Candidate(String name, int distance) {}
    return byName.keySet().stream()
        .map(
            name -> {
              int length = Math.min(words.size(), name.split(" ").length);
              String typed = lower(String.join(" ", words.subList(0, length)));
              return new Candidate(name, EditDistance.between(typed, name));
            })
        .filter(
            candidate ->
                candidate.distance() <= Math.max(1, Math.min(3, candidate.name().length() / 3)))
        .sorted(Comparator.comparingInt(Candidate::distance))
        .limit(3)
        .map(Candidate::name)
        .toList();
  }

  private static boolean agree(String[] name, List<String> words) {
    for (int i = 0; i < words.size(); i++) {
      if (!lower(name[i]).equals(lower(words.get(i)))) {
        return false;
      }
    }
    return true;
  }

  private static boolean anyGoesOn(SortedMap<String, ConsoleCommand> names, String prefix) {
    SortedMap<String, ConsoleCommand> tail = names.tailMap(prefix);
    return !tail.isEmpty() && tail.firstKey().startsWith(prefix);
  }

  private static String key(String name) {
    return lower(String.join(" ", name.strip().split("\\s+")));
  }

  private static String lower(String word) {
    return word.toLowerCase(Locale.ROOT);
  }
}
