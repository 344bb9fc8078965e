package org.impetusmta.core.kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Who a thread of a process is and what it may do, as {@code /proc/PID/task/TID/status} says it.
 * Immutable. Source: proc_pid_status(5).
 *
 * @param users real, effective, saved, file system
 * @param groups real, effective, saved, file system
 * @param supplementary further groups
 */
record ThreadStatus(
    String thread,
    String name,
    List<Integer> users,
    List<Integer> groups,
    Set<Integer> supplementary,
    Capabilities capabilities) {

  /** Every thread of this process. */
  static List<ThreadStatus> ofThisProcess() throws IOException {
    List<ThreadStatus> threads = new ArrayList<>();
    List<Path> folders;
    try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
      folders = tasks.toList();
    }
    for (Path folder : folders) {
      of(folder).ifPresent(threads::add);
    }
    return threads;
  }

  /** Empty for a thread that has ended since it was listed. */
  private static Optional<ThreadStatus> of(Path folder) throws IOException {
    try {
      String text = Files.readString(folder.resolve("status"), StandardCharsets.ISO_8859_1);
      return Optional.of(parse(String.valueOf(folder.getFileName()), text));
    } catch (NoSuchFileException ended) {
      return Optional.empty();
    }
  }

  static ThreadStatus parse(String thread, String status) {
    Map<String, String> fields = new HashMap<>();
    for (String line : status.split("\n", -1)) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        fields.put(line.substring(0, colon), line.substring(colon + 1).strip());
      }
    }
    return new ThreadStatus(
        thread,
        fields.getOrDefault("Name", ""),
        numbers(fields.getOrDefault("Uid", "")),
        numbers(fields.getOrDefault("Gid", "")),
        new TreeSet<>(numbers(fields.getOrDefault("Groups", ""))),
        new Capabilities(
            mask(fields.getOrDefault("CapEff", "")),
            mask(fields.getOrDefault("CapPrm", "")),
            mask(fields.getOrDefault("CapInh", ""))));
  }

  private static List<Integer> numbers(String text) {
    List<Integer> numbers = new ArrayList<>();
    for (String number : text.split("\\s+", -1)) {
      if (!number.isEmpty()) {
        numbers.add(Integer.parseUnsignedInt(number));
      }
    }
    return List.copyOf(numbers);
  }

  private static long mask(String text) {
    return text.isEmpty() ? -1 : Long.parseUnsignedLong(text, 16);
  }

  /** Whether it is nobody but this user and group, and can do nothing beyond {@code most}. */
  boolean is(int user, int group, Set<Integer> further, Capabilities most) {
    return users.equals(List.of(user, user, user, user))
        && groups.equals(List.of(group, group, group, group))
        && supplementary.equals(further)
        && capabilities.within(most);
  }

  /** The effective user. */
  int user() {
    return users.get(1);
  }

  /** The effective group. */
  int group() {
    return groups.get(1);
  }
}
