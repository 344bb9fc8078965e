package org.impetusmta.core.config;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Generation;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes generations: reads files, validates, asks every participant, swaps, tells every
 * participant. Who refuses keeps the old generation in force, unchanged. One change at a time;
 * whoever reads the generation in force waits for nobody. Concurrent.
 */
public final class ConfigEngine implements Configuration {
  private static final Logger LOG = LoggerFactory.getLogger(ConfigEngine.class);

  /** Where a configuration is read from. */
  @FunctionalInterface
  private interface Source {
    ConfigTree read() throws ConfigException;
  }

  /** Octets of the largest file, or text of a URI, that is read. */
  public static final long LARGEST_FILE = ConfigFiles.LARGEST;

  private final OptionCatalog catalog;
  private final InstantSource clock;
  private final List<ConfigParticipant> participants = new CopyOnWriteArrayList<>();
  private final ReentrantLock changing = new ReentrantLock();
  private volatile ConfigFiles files;
  private volatile @Nullable ConfigGeneration current;
  private volatile @Nullable Source source;

  /** An engine that looks for included files where {@code EC_CONF_SEARCH_PATH} says. */
  public ConfigEngine(OptionCatalog catalog, InstantSource clock) {
    this(catalog, clock, ConfigFiles.ofEnvironment());
  }

  ConfigEngine(OptionCatalog catalog, InstantSource clock, ConfigFiles files) {
    this.catalog = catalog;
    this.clock = clock;
    this.files = files;
  }

  /**
   * An engine with the configuration that a text says.
   *
   * @throws ConfigException when it is refused
   */
  public static ConfigEngine ofText(OptionCatalog catalog, String text) throws ConfigException {
    ConfigEngine engine = new ConfigEngine(catalog, InstantSource.system());
    engine.load(() -> new ConfigParser(engine.files).parse("text", text));
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
    load(() -> new ConfigParser(files).parse(file));
  }

  private void load(Source from) throws ConfigException {
    changing.lock();
    try {
      swap(from.read().root(), false);
      source = from;
    } finally {
      changing.unlock();
    }
  }

  /**
   * Reads the files again, or {@code alternate} instead this time. Changes made online are undone.
   *
   * @throws ConfigException when the new generation is refused: the old one stays
   */
  public Commit reload(Optional<Path> alternate) throws ConfigException {
    changing.lock();
    try {
      Source from = source;
      if (alternate.isPresent()) {
        return swap(new ConfigParser(files).parse(alternate.get()).root(), true);
      }
      if (from == null) {
        throw new ConfigException("no configuration was loaded yet");
      }
      return swap(from.read().root(), true);
    } finally {
      changing.unlock();
    }
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
    return new Transaction(this, base, fromScratch ? ConfigScope.EMPTY : base.root());
  }

  Commit commit(ConfigGeneration base, ConfigScope root) throws ConfigException {
    changing.lock();
    try {
      if (current != base) {
        throw new ConfigException(
            "the configuration was changed since this transaction began (%s then, %s now):"
                    .formatted(base, current)
                + " roll back and begin again");
      }
      return swap(root, false);
    } finally {
      changing.unlock();
    }
  }

  /** Called with the lock held. */
  private Commit swap(ConfigScope root, boolean reload) throws ConfigException {
    ConfigValidator.validate(root, catalog);
    ConfigGeneration old = current;
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
      participants.forEach(participant -> warnings.addAll(participant.waitingForRestart(next)));
    }
    LOG.info("configuration {} is in force", next);
    warnings.forEach(LOG::warn);
    return new Commit(next, List.copyOf(warnings));
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
}
