package org.impetusmta.core.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.core.config.option.EngineOptions;

/**
 * Writes the configuration in force into files: {@code config writeback}. The files are read anew,
 * so that comments that were edited since are kept; if they say something else than they did, they
 * are left alone. Nothing is written before the new texts, read again, say what is in force.
 * Single: one for each writeback. Source: console_commands.config.
 */
final class Writeback {
  private static final int MOST_TOLD = 5;

  private final ConfigFiles files;
  private final Predicate<Path> writable;

  Writeback(ConfigFiles files, Predicate<Path> writable) {
    this.files = files.with(new ReadOnce(files.uris()));
    this.writable = writable;
  }

  /** The configuration is read up to three times, what comes from afar but once. */
  private static final class ReadOnce implements ConfigFiles.UriSource {
    private final ConfigFiles.UriSource from;
    private final Map<IoUri, byte[]> known = new HashMap<>();

    ReadOnce(ConfigFiles.UriSource from) {
      this.from = from;
    }

    @Override
    public byte[] read(IoUri uri, ScopeBuilder soFar) throws ConfigException {
      byte[] octets = known.get(uri);
      if (octets == null) {
        octets = from.read(uri, soFar);
        known.put(uri, octets);
      }
      return octets;
    }
  }

  /**
   * What was done.
   *
   * @param loaded what the files say now
   */
  record Result(Written written, LoadedFiles loaded) {}

  /**
   * Writes changes into the files that the configuration came from.
   *
   * @throws ConfigException when a file was changed on the disk or cannot be written
   */
  Result write(LoadedFiles loaded, ConfigScope wanted) throws ConfigException {
    Path main = loaded.main();
    ConfigTree tree = new ConfigParser(files, Map.of()).parse(main, loaded.local());
    requireUnchanged(loaded, tree);
    LocalChanges local = LocalChanges.of(wanted, main);
    if (!local.file().equals(loaded.local())) {
      requireNew(local.file());
      tree = new ConfigParser(files, Map.of()).parse(main, local.file());
    }
    WritebackPlan.Edits plan =
        new WritebackPlan(tree, local, writable)
            .edits(wanted, local.file().map(ChangedFiles::identity));
    Map<Path, byte[]> edited = new HashMap<>();
    ChangedFiles changed = new ChangedFiles(ChangedFiles.identity(main));
    for (Map.Entry<Path, String> entry : plan.texts().entrySet()) {
      byte[] octets = entry.getValue().getBytes(StandardCharsets.UTF_8);
      edited.put(entry.getKey(), octets);
      changed.replace(entry.getKey(), octets(tree, entry.getKey()), octets);
    }
    ConfigTree after =
        new ConfigParser(files, edited).parse(main, local.file().map(ChangedFiles::identity));
    List<String> warnings = new ArrayList<>(plan.warnings());
    verify(after, wanted, plan, warnings);
    warnOfUnreadLocalChanges(after, local, warnings);
    changed.write();
    Written written = new Written(List.copyOf(plan.texts().keySet()), warnings, plan.virtual());
    return new Result(written, LoadedFiles.of(main, after, local.file()));
  }

  /**
   * Writes everything that is in force into one file.
   *
   * @throws ConfigException when the configuration came from that file or it cannot be written
   */
  Written writeAll(LoadedFiles loaded, ConfigScope wanted, Path file) throws ConfigException {
    Path target = ChangedFiles.identity(file);
    if (loaded.files().contains(target)
        || loaded.local().map(local -> ChangedFiles.identity(local).equals(target)).orElse(false)) {
      throw new ConfigException(
          file + " is part of the configuration, expected another file, or none to change it");
    }
    if (Files.exists(target) && !Files.isRegularFile(target)) {
      throw new ConfigException(file + " is no regular file");
    }
    ScopePrinter printer = new ScopePrinter("\n");
    printer.entries(wanted, "", true);
    ChangedFiles changed = new ChangedFiles(ChangedFiles.identity(loaded.main()));
    changed.put(target, printer.toString().getBytes(StandardCharsets.UTF_8));
    changed.write();
    return new Written(List.of(target), List.of(), List.of());
  }

  private static byte[] octets(ConfigTree tree, Path file) {
    int number = tree.sources().number(file);
    return tree.sources().files().get(number).text().getBytes(StandardCharsets.UTF_8);
  }

  private static void requireUnchanged(LoadedFiles loaded, ConfigTree tree) throws ConfigException {
    List<Difference> differences = new ArrayList<>(Difference.between(loaded.root(), tree.root()));
    if (!differences.isEmpty() || !Difference.sameOrderOfPatterns(loaded.root(), tree.root())) {
      throw new ConfigException(
          "the files were changed since they were read ("
              + told(differences)
              + "); nothing was written: reload them, or write to another file");
    }
  }

  private static String told(List<Difference> differences) {
    List<String> told = new ArrayList<>();
    for (Difference difference : differences.subList(0, Math.min(MOST_TOLD, differences.size()))) {
      told.add(
          difference instanceof Difference.Said said
              ? difference.told() + " at " + said.option().where()
              : difference.told());
    }
    return differences.isEmpty()
        ? "the order of patterns"
        : String.join(", ", told) + (differences.size() > MOST_TOLD ? ", …" : "");
  }

  /** What another file says already would be in force after the next reload, but is not now. */
  private static void requireNew(Optional<Path> local) throws ConfigException {
    if (local.isPresent() && Files.exists(local.get()) && local.get().toFile().length() > 0) {
      throw new ConfigException(
          "the Local_Changes_File "
              + local.get()
              + " was not read, but holds something: expected a new file, or a reload");
    }
  }

  private static void verify(
      ConfigTree after, ConfigScope wanted, WritebackPlan.Edits plan, List<String> warnings)
      throws ConfigException {
    for (Difference left : Difference.between(after.root(), wanted)) {
      if (plan.unsaved().stream().noneMatch(left::isWithin)) {
        throw new ConfigException(
            "the files would not say what is in force ("
                + left.told()
                + "); nothing was written: write to another file");
      }
    }
    if (!Difference.sameOrderOfPatterns(after.root(), wanted)) {
      warnings.add(
          "the patterns of domains or hosts stand in another order in the files than is in force");
    }
  }

  /** A file of local changes that is only named in itself is never read. */
  private static void warnOfUnreadLocalChanges(
      ConfigTree after, LocalChanges local, List<String> warnings) {
    if (local.file().isEmpty()) {
      return;
    }
    int number = after.sources().number(ChangedFiles.identity(local.file().get()));
    boolean named =
        after.sources().root().statements(EngineOptions.LOCAL_CHANGES_FILE).stream()
            .anyMatch(statement -> statement.file() != number);
    if (!named) {
      warnings.add(
          "Local_Changes_File is said in no file that can be written: say it in the main file, or "
              + local.file().get()
              + " is not read again");
    }
  }
}
