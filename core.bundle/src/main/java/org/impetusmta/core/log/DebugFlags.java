package org.impetusmta.core.log;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.log.LogEvent.Level;
import org.impetusmta.core.config.option.Words;

/**
 * Which diagnostics pass: for each level the mask of the subsystems that pass at exactly this
 * level, and for each module the level that its messages pass from. Immutable. Source:
 * conf.ref.debug_flags, module_config.
 */
final class DebugFlags {
  private static final String EVERYTHING = "ALL";

  private final Map<Level, Integer> masks;
  private final Map<String, Level> modules;

  /** The stanza Debug_Flags. */
  @OptionSet(Scopes.DEBUG_FLAGS)
  record Options(
      @Option(doc = "Subsystems whose debug messages are logged; see Debug_Flags")
          List<String> debug,
      @Option(doc = "Subsystems whose informational messages are logged") List<String> info,
      @Option(doc = "Subsystems whose notices are logged") List<String> notice,
      @Option(doc = "Subsystems whose warnings are logged") List<String> warning,
      @Option(value = EVERYTHING, doc = "Subsystems whose errors are logged") List<String> error,
      @Option(value = EVERYTHING, doc = "Subsystems whose critical errors are logged")
          List<String> critical) {
    static final Options DEFAULT =
        new Options(
            List.of(), List.of(), List.of(), List.of(), List.of(EVERYTHING), List.of(EVERYTHING));

    private List<String> at(Level level) {
      return switch (level) {
        case DEBUG -> debug;
        case INFO -> info;
        case NOTICE -> notice;
        case WARNING -> warning;
        case ERROR -> error;
        case CRITICAL -> critical;
      };
    }
  }

  /** What every module's stanza may say. Immutable. Source: module_config. */
  @OptionSet("module")
  record ModuleOptions(
      @Option(value = "error", doc = "The least grave of the module's messages that are logged")
          Level debugLevel) {}

  private DebugFlags(Map<Level, Integer> masks, Map<String, Level> modules) {
    this.masks = new EnumMap<>(masks);
    this.modules = Map.copyOf(modules);
  }

  /** Errors, nothing else. */
  static DebugFlags byDefault() {
    try {
      return new DebugFlags(masks(Options.DEFAULT), Map.of());
    } catch (ConfigException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Reads what a generation says.
   *
   * @param packages where each module's loggers are, by the module's name
   * @throws ConfigException when a flag is unknown, or has no messages in Impetus
   */
  static DebugFlags of(Generation generation, Map<String, String> packages) throws ConfigException {
    Options options = Options.DEFAULT;
    String where = "";
    for (Stanza stanza : generation.stanzas(Scopes.DEBUG_FLAGS)) {
      options = generation.options(Options.class, new ScopePath.Within(stanza));
      where = stanza.position() + ": in debug_flags: ";
    }
    Map<String, Level> modules = new HashMap<>();
    packages.forEach(
        (module, loggers) -> {
          for (Stanza stanza : generation.stanzas(module)) {
            Level said =
                generation.options(ModuleOptions.class, new ScopePath.Within(stanza)).debugLevel();
            modules.merge(loggers, said, (a, b) -> a.compareTo(b) > 0 ? a : b);
          }
        });
    try {
      return new DebugFlags(masks(options), modules);
    } catch (ConfigException e) {
      throw new ConfigException(where + e.getMessage(), e);
    }
  }

  private static Map<Level, Integer> masks(Options options) throws ConfigException {
    Map<Level, Integer> masks = new EnumMap<>(Level.class);
    for (Level level : Level.values()) {
      masks.put(level, mask(level.name().toLowerCase(Locale.ROOT), options.at(level)));
    }
    return masks;
  }

  /** Flags by name, or the mask as one decimal number. */
  private static int mask(String option, List<String> said) throws ConfigException {
    boolean all = said.stream().anyMatch(EVERYTHING::equalsIgnoreCase);
    int mask = all ? Subsystem.ALL : 0;
    for (String flag : said) {
      if (flag.matches("\\d{1,9}") && said.size() == 1) {
        return number(option, Integer.parseInt(flag));
      }
      if (flag.equalsIgnoreCase(EVERYTHING)) {
        continue;
      }
      Subsystem subsystem =
          Subsystem.of(flag).orElseThrow(() -> new ConfigException(unknown(option, flag)));
      if (!all) {
        require(option, subsystem);
      }
      mask |= subsystem.bit();
    }
    return mask;
  }

  private static int number(String option, int mask) throws ConfigException {
    // every bit is how the original writes ALL
    if (mask == Subsystem.ALL || mask == Integer.MAX_VALUE) {
      return Subsystem.ALL;
    }
    if (mask > Subsystem.ALL) {
      throw new ConfigException(
          "option %s: found the mask %d, expected 0 to %d".formatted(option, mask, Subsystem.ALL));
    }
    for (Subsystem subsystem : Subsystem.values()) {
      if ((mask & subsystem.bit()) != 0) {
        require(option, subsystem);
      }
    }
    return mask;
  }

  /** A flag beside ALL says nothing; by itself it asks for messages that there must be. */
  private static void require(String option, Subsystem subsystem) throws ConfigException {
    if (subsystem.noSource().isPresent()) {
      throw new ConfigException(
          "option %s: the flag %s has no messages: %s"
              .formatted(option, subsystem, subsystem.noSource().get()));
    }
  }

  private static String unknown(String option, String flag) {
    Set<String> known = new HashSet<>(Set.of(EVERYTHING));
    Arrays.stream(Subsystem.values()).map(Subsystem::name).forEach(known::add);
    return "option %s: unknown flag \"%s\"%s"
        .formatted(
            option,
            flag,
            Words.nearest(flag.toUpperCase(Locale.ROOT), known)
                .map(near -> "; did you mean " + near + "?")
                .orElse(
                    ", expected ALL or one of "
                        + String.join(
                            " ", Arrays.stream(Subsystem.values()).map(Subsystem::name).toList())));
  }

  /** Whether a message of this level and logger is logged. */
  boolean passes(Level level, String logger) {
    Level module = moduleLevel(logger);
    return (masks.getOrDefault(level, 0) & Subsystem.mask(logger)) != 0
        || (module != null && level.compareTo(module) <= 0);
  }

  /** The least grave level at which something of this logger is logged; CRITICAL if nothing is. */
  Level least(String logger) {
    Level least = Level.CRITICAL;
    for (Level level : Level.values()) {
      if (passes(level, logger)) {
        least = level;
      }
    }
    return least;
  }

  /** The names, or beginnings, of loggers that may differ from those above them. */
  Set<String> loggers() {
    Set<String> loggers = new HashSet<>(modules.keySet());
    for (Subsystem subsystem : Subsystem.values()) {
      loggers.addAll(subsystem.loggers());
    }
    return loggers;
  }

  private @org.jspecify.annotations.Nullable Level moduleLevel(String logger) {
    if (modules.isEmpty()) {
      return null;
    }
    for (String name = logger; !name.isEmpty(); name = Subsystem.parent(name)) {
      Level found = modules.get(name);
      if (found != null) {
        return found;
      }
    }
    return null;
  }
}
