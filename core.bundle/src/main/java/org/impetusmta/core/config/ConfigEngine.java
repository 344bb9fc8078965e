package org.impetusmta.core.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.metrics.CacheWatch;
import org.impetusmta.core.config.option.ConfigValue;
import org.impetusmta.core.config.option.OptionCatalog;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes generations: reads files, validates, asks every participant, swaps, tells every
 * participant. Who refuses keeps the old generation in force, unchanged. One change at a time;
 * whoever reads the generation in force waits for nobody, and no change waits while files and URIs
 * are read. Concurrent.
 */
public final class ConfigEngine implements Configuration {
  private static final Logger LOG = LoggerFactory.getLogger(ConfigEngine.class);

  /** Octets of the largest file, or text of a URI, that is read. */
  public static final long LARGEST_FILE = ConfigFiles.LARGEST;

  private final OptionCatalog catalog;
  private final InstantSource clock;
  private final List<ConfigParticipant> participants = new CopyOnWriteArrayList<>();

  /** Held by who reads or writes the files, however long that takes; taken before the other. */
  private final ReentrantLock reading = new ReentrantLock();

  /** Held while one generation follows another. */
  private final ReentrantLock changing = new ReentrantLock();

  private final Predicate<Path> writable;
  private volatile ConfigFiles files;
  private volatile @Nullable ConfigGeneration current;

  /** What is in force without being said; only in what was begun from scratch. */
  private volatile ConfigScope implicit = ConfigScope.EMPTY;

  private @Nullable Path main;
  private @Nullable String text;
  private volatile @Nullable LoadedFiles loaded;

  /** An engine that looks for included files where {@code EC_CONF_SEARCH_PATH} says. */
  public ConfigEngine(OptionCatalog catalog, InstantSource clock) {
    this(catalog, clock, ConfigFiles.ofEnvironment());
  }

  ConfigEngine(OptionCatalog catalog, InstantSource clock, ConfigFiles files) {
    this(catalog, clock, files, Files::isWritable);
  }

  /**
   * @param writable whether this process may write a file or folder
   */
  ConfigEngine(
      OptionCatalog catalog, InstantSource clock, ConfigFiles files, Predicate<Path> writable) {
    this.catalog = catalog;
    this.clock = clock;
    this.files = files;
    this.writable = writable;
  }

  /** An engine of a program that only reads: who runs it need not have the server's rights. */
  public static ConfigEngine forReading(OptionCatalog catalog) {
    return new ConfigEngine(
        catalog, InstantSource.system(), ConfigFiles.ofEnvironment(), _ -> true);
  }

  /**
   * An engine with the configuration that a text says.
   *
   * @throws ConfigException when it is refused
   */
  public static ConfigEngine ofText(OptionCatalog catalog, String text) throws ConfigException {
    ConfigEngine engine = new ConfigEngine(catalog, InstantSource.system());
    engine.reading.lock();
    try {
      engine.text = text;
      engine.loadText(text, false);
    } finally {
      engine.reading.unlock();
    }
    return engine;
  }

  /** Says who reads the URIs that includes name; without, they are refused. */
  public void readUrisThrough(UriReader reader) {
    files = files.with((uri, soFar) -> reader.read(uri, module -> draft(soFar, module)));
  }

  /** A generation, never in force, of one module's stanzas alone. */
  private Generation draft(ScopeBuilder soFar, String module) throws ConfigException {
    ConfigScope root = ConfigScope.EMPTY;
    for (ConfigScope stanza : soFar.build().scopes(module)) {
      root = root.with(stanza);
    }
    ConfigValidator.validate(root, catalog);
    return new ConfigGeneration(0, 0, clock.instant(), root, catalog);
  }

  /** The generation in force; before there is one, an empty one. */
  public Generation currentOrEmpty() {
    ConfigGeneration found = current;
    return found != null
        ? found
        : new ConfigGeneration(0, 0, clock.instant(), ConfigScope.EMPTY, catalog);
  }

  public OptionCatalog catalog() {
    return catalog;
  }

  /**
   * Puts the first generation in force.
   *
   * @throws ConfigException when it is refused, one error in each line
   */
  public void load(Path file) throws ConfigException {
    reading.lock();
    try {
      load(file, false);
      main = file;
    } finally {
      reading.unlock();
    }
  }

  /**
   * Reads the files again, or {@code alternate} instead this time. Changes made online are undone.
   *
   * @param alternate beside the main file if relative
   * @throws ConfigException when the new generation is refused: the old one stays
   */
  public Commit reload(Optional<Path> alternate) throws ConfigException {
    reading.lock();
    try {
      if (alternate.isPresent()) {
        return load(beside(alternate.get()), true);
      }
      if (main != null) {
        return load(main, true);
      }
      if (text != null) {
        return loadText(text, true);
      }
      throw new ConfigException("no configuration was loaded yet");
    } finally {
      reading.unlock();
    }
  }

  /**
   * What files say of a global option, before anything of them is checked or in force. What URIs
   * name is not read, as nobody may be there yet who could.
   *
   * @throws ConfigException when a file is missing or is no configuration
   */
  public Optional<String> peek(Path file, String option) throws ConfigException {
    ConfigOption said =
        new ConfigParser(files.with((_, _) -> new byte[0])).parse(file).root().option(option);
    return said != null && said.value() instanceof ConfigValue.Text text
        ? Optional.of(text.text())
        : Optional.empty();
  }

  private Path beside(Path file) {
    return main == null ? file : main.resolveSibling(file);
  }

  private Commit load(Path file, boolean reload) throws ConfigException {
    ConfigTree tree = new ConfigParser(files).parse(file);
    LoadedFiles next = LoadedFiles.of(file, tree, LocalChanges.of(tree.root(), file).file());
    return replace(tree.root(), reload, next);
  }

  private Commit loadText(String from, boolean reload) throws ConfigException {
    return replace(new ConfigParser(files).parse("text", from).root(), reload, null);
  }

  /** What was read takes the place of what is in force by now. */
  private Commit replace(ConfigScope root, boolean reload, @Nullable LoadedFiles from)
      throws ConfigException {
    changing.lock();
    try {
      Commit commit = swap(root, reload, from);
      loaded = from;
      implicit = ConfigScope.EMPTY;
      return commit;
    } finally {
      changing.unlock();
    }
  }

  /**
   * Writes the changes that were made online into the files that the configuration came from. What
   * is changed meanwhile is left to the next time.
   *
   * @throws ConfigException when the files were changed since, or cannot be written
   */
  public Written writeback() throws ConfigException {
    reading.lock();
    try {
      Writeback.Result result =
          new Writeback(files, writable).write(requireLoaded(), inForce().root());
      loaded = result.loaded();
      result.written().files().forEach(file -> LOG.info("online changes are saved in {}", file));
      return result.written();
    } finally {
      reading.unlock();
    }
  }

  /**
   * Writes everything in force into one file, which can be reloaded as an alternate.
   *
   * @param file beside the main file if relative
   * @throws ConfigException when the configuration came from it, or it cannot be written
   */
  public Written writeback(Path file) throws ConfigException {
    reading.lock();
    try {
      return new Writeback(files, writable)
          .writeAll(requireLoaded(), inForce().root(), beside(file));
    } finally {
      reading.unlock();
    }
  }

  private LoadedFiles requireLoaded() throws ConfigException {
    LoadedFiles found = loaded;
    if (found == null) {
      throw new ConfigException("the configuration in force came from no file");
    }
    return found;
  }

  /** Adds somebody to ask before every change, after those added before. */
  public void addParticipant(ConfigParticipant participant) {
    participants.add(participant);
  }

  /** Removes a participant. */
  public void removeParticipant(ConfigParticipant participant) {
    participants.remove(participant);
  }

  /** The generation in force; only after {@link #load}. */
  @Override
  public Generation current() {
    return inForce();
  }

  private ConfigGeneration inForce() {
    ConfigGeneration found = current;
    if (found == null) {
      throw new IllegalStateException("no configuration is in force yet");
    }
    return found;
  }

  /** How good the caches of lookups are since the last change. */
  public CacheWatch.Figures matches() {
    return inForce().matches();
  }

  /** The configuration in force, for reading as the console does. */
  public ConfigView view() {
    return new ConfigView(catalog, inForce().root());
  }

  /**
   * Begins a transaction.
   *
   * @param fromScratch on an empty configuration rather than the one in force
   */
  public Transaction begin(boolean fromScratch) {
    ConfigGeneration base = inForce();
    if (fromScratch) {
      ConfigScope scratch = ImplicitConfiguration.of(catalog);
      return new Transaction(this, base, scratch, scratch);
    }
    return new Transaction(this, base, base.root(), implicit);
  }

  /** What is done to a transaction. */
  @FunctionalInterface
  public interface Edit<T> {
    T apply(Transaction transaction) throws ConfigException;
  }

  /**
   * What one change did.
   *
   * @param result of the edit
   */
  public record Edited<T>(T result, Commit commit) {}

  /**
   * Makes one change that is in force at once: others wait rather than lose.
   *
   * @throws ConfigException when it is refused
   */
  public <T> Edited<T> change(Edit<T> edit) throws ConfigException {
    changing.lock();
    try (Transaction single = begin(false)) {
      T result = edit.apply(single);
      return new Edited<>(result, single.commit());
    } finally {
      changing.unlock();
    }
  }

  /**
   * @param unsaid what of it is in force without being said
   */
  Commit commit(ConfigGeneration base, ConfigScope root, ConfigScope unsaid)
      throws ConfigException {
    changing.lock();
    try {
      if (current != base) {
        throw new ConfigException(
            "the configuration was changed since this transaction began (%s then, %s now):"
                    .formatted(base, current)
                + " roll back and begin again");
      }
      Commit commit = swap(root, false, loaded);
      implicit = unsaid;
      return commit;
    } finally {
      changing.unlock();
    }
  }

  /**
   * Called with {@code changing} held.
   *
   * @param from none for a configuration that came from no file
   */
  private Commit swap(ConfigScope root, boolean reload, @Nullable LoadedFiles from)
      throws ConfigException {
    ConfigValidator.validate(root, catalog);
    LocalChanges.requireSound(
        root,
        from == null ? null : from.main(),
        from == null ? List.of() : from.others(),
        writable);
    ConfigGeneration old = current;
    List<String> waited = old == null || reload ? List.of() : waitingForRestart(old);
    ConfigGeneration next =
        new ConfigGeneration(
            old == null ? 1 : old.number() + 1,
            (old == null ? 0 : old.reloads()) + (reload ? 1 : 0),
            clock.instant(),
            root,
            catalog);
    prepare(next);
    current = next;
    for (ConfigParticipant participant : participants) {
      try {
        participant.commit(next);
      } catch (RuntimeException e) {
        LOG.error("{} failed to take up {}, which is in force", participant, next, e);
      }
    }
    List<String> warnings =
        new ArrayList<>(IgnoredOptions.warnings(old == null || reload ? null : old.root(), root));
    if (old != null) {
      warnings.addAll(RestartWarnings.between(old.root(), root, catalog));
      List<String> waiting = waitingForRestart(next);
      waiting.removeAll(waited); // who made that change was told
      warnings.addAll(waiting);
    }
    LOG.info("configuration {} is in force", next);
    warnings.forEach(LOG::warn);
    return new Commit(next, List.copyOf(warnings));
  }

  private List<String> waitingForRestart(Generation generation) {
    List<String> all = new ArrayList<>();
    participants.forEach(participant -> all.addAll(participant.waitingForRestart(generation)));
    return all;
  }

  /** Asks everybody; if one refuses, those who agreed are told so. */
  private void prepare(ConfigGeneration next) throws ConfigException {
    List<ConfigParticipant> prepared = new ArrayList<>();
    for (ConfigParticipant participant : participants) {
      try {
        participant.prepare(next);
        prepared.add(participant);
      } catch (ConfigException e) {
        rollback(prepared, next);
        throw e;
      } catch (RuntimeException e) {
        rollback(prepared, next);
        throw new ConfigException(participant + " failed on the new configuration: " + e, e);
      }
    }
  }

  private static void rollback(List<ConfigParticipant> prepared, ConfigGeneration refused) {
    for (ConfigParticipant participant : prepared.reversed()) {
      try {
        participant.rollback(refused);
      } catch (RuntimeException e) {
        LOG.error("{} failed to give up {}, which was refused", participant, refused, e);
      }
    }
  }

  /** Whether one of these options, in lower case, is said in some scope of {@code generation}. */
  public static boolean says(Generation generation, Set<String> options) {
    return generation instanceof ConfigGeneration known && known.says(options);
  }

  /** What the URIs of all Datasource stanzas begin with, before the first colon, in lower case. */
  public static Set<String> drivers(Generation generation) {
    return generation instanceof ConfigGeneration known ? known.drivers() : Set.of();
  }

  /** Whether the list {@code option}, in lower case, has {@code word} in some scope. */
  public static boolean lists(Generation generation, String option, String word) {
    return generation instanceof ConfigGeneration known && known.lists(option, word);
  }
}
