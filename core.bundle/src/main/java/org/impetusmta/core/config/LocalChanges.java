package org.impetusmta.core.config;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.core.config.option.ConfigValue;
import org.impetusmta.core.config.option.EngineOptions;
import org.impetusmta.core.config.option.OptionDeclaration;
import org.impetusmta.core.config.option.OptionShape;
import org.jspecify.annotations.Nullable;

/**
 * Where online changes go by {@code local_changes_file} and {@code local_changes_only}. Immutable.
 * Source: conf.overview, 15.1.2.
 *
 * @param file loaded after all others; need not exist
 * @param only whether all changes go there
 */
record LocalChanges(Optional<Path> file, boolean only) {
  private static final OptionDeclaration ONLY =
      new OptionShape<>(EngineOptions.class, "core.bundle")
          .options().stream()
              .filter(option -> option.name().equals(EngineOptions.LOCAL_CHANGES_ONLY))
              .findFirst()
              .orElseThrow();

  /**
   * What a configuration says.
   *
   * @param main its main file
   */
  static LocalChanges of(ConfigScope root, Path main) {
    ConfigOption named = root.option(EngineOptions.LOCAL_CHANGES_FILE);
    return new LocalChanges(named == null ? Optional.empty() : file(named, main), isOnly(root));
  }

  private static boolean isOnly(ConfigScope root) {
    ConfigOption only = root.option(EngineOptions.LOCAL_CHANGES_ONLY);
    return only != null && ONLY.type().convert(only.value()).equals(true);
  }

  /** The file that the option names, beside the main file if relative; none if it is no name. */
  static Optional<Path> file(ConfigOption named, Path main) {
    if (!(named.value() instanceof ConfigValue.Text(String name, char _)) || name.isBlank()) {
      return Optional.empty(); // the validator says what is wrong with it
    }
    try {
      return Optional.of(main.toAbsolutePath().resolveSibling(name).normalize());
    } catch (InvalidPathException _) {
      return Optional.empty(); // requireSound says so
    }
  }

  /**
   * Whether changes could be written where the options say.
   *
   * @param main none for a configuration that came from no file
   * @throws ConfigException when not
   */
  static void requireSound(
      ConfigScope root, @Nullable Path main, Iterable<Path> others, Predicate<Path> writable)
      throws ConfigException {
    ConfigOption named = root.option(EngineOptions.LOCAL_CHANGES_FILE);
    if (named == null) {
      if (isOnly(root)) {
        throw new ConfigException(
            where(root.option(EngineOptions.LOCAL_CHANGES_ONLY))
                + "Local_Changes_Only is on, expected Local_Changes_File to say where changes go");
      }
      return;
    }
    if (main == null) {
      return;
    }
    Path file =
        file(named, main)
            .orElseThrow(
                () ->
                    new ConfigException(
                        where(named)
                            + "found "
                            + named.value().describe()
                            + ", expected the name of a file"));
    for (Path other : others) {
      if (isSame(file, other)) {
        throw new ConfigException(
            where(named)
                + "found \""
                + file
                + "\", which is part of the configuration already; expected a file of its own");
      }
    }
    Path folder = file.getParent();
    boolean sound =
        Files.exists(file)
            ? Files.isRegularFile(file) && canReplace(file, writable)
            : folder != null && Files.isDirectory(folder) && writable.test(folder);
    if (!sound) {
      throw new ConfigException(
          where(named) + "found \"" + file + "\", expected a file that can be written");
    }
  }

  /** Whether a file can be replaced by a new version: it and its folder are writable. */
  static boolean canReplace(Path file, Predicate<Path> writable) {
    Path folder = file.getParent();
    return writable.test(file) && folder != null && writable.test(folder);
  }

  private static boolean isSame(Path a, Path b) {
    try {
      return Files.exists(a) && Files.isSameFile(a, b);
    } catch (java.io.IOException _) {
      return a.equals(b); // one of them is gone
    }
  }

  private static String where(@Nullable ConfigOption option) {
    return option == null ? "" : option.where() + ": ";
  }
}
