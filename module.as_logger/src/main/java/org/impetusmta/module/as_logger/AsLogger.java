package org.impetusmta.module.as_logger;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.impetusmta.api.audit.AuditSeries;
import org.impetusmta.api.audit.AuditWatch;
import org.impetusmta.api.audit.Series;
import org.impetusmta.api.audit.SeriesDefinition;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.audit.SeriesJournal;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Writes what is added to audit series in each interval to files, {@code spam.20080424T200000}.
 * What policy counts is left as it is: the journal gathers beside it. Concurrent. Source:
 * modules.as_logger.
 */
@Module(
    name = "as_logger",
    kind = Module.Kind.LOGGER,
    singleton = "true",
    description = "Audit series logger")
@Component(factory = Module.FACTORY + "as_logger", service = AuditWatch.class)
public final class AsLogger implements AuditWatch {
  private final boolean all;
  private final List<Pattern> exceptions;
  private final SeriesJournal journal;
  private final Scheduler scheduler;

  /** What series_include_default says. */
  public enum Which {
    ALL,
    NONE
  }

  /** The stanza. */
  @OptionSet("as_logger")
  public record Options(
      @Option(doc = "folder that the files are written to") Optional<String> baseDir,
      @Option(value = "60", min = 1, doc = "seconds from file to file") Duration logInterval,
      @Option(doc = "series that are left out where series_include_default is all; regexes")
          List<String> seriesExclude,
      @Option(doc = "series that are written where series_include_default is none; regexes")
          List<String> seriesInclude,
      @Option(value = "none", doc = "whether series are written that no list names")
          Which seriesIncludeDefault) {}

  /**
   * @throws ConfigException when an option is none
   */
  @Activate
  public AsLogger(
      Map<String, Object> properties, @Reference AuditSeries series, @Reference Scheduler scheduler)
      throws ConfigException {
    this(
        ModuleStanza.of(properties).options(Options.class),
        series,
        scheduler,
        ZoneId.systemDefault());
  }

  AsLogger(Options options, AuditSeries series, Scheduler scheduler, ZoneId zone)
      throws ConfigException {
    this.scheduler = scheduler;
    this.all = options.seriesIncludeDefault() == Which.ALL;
    this.exceptions =
        all
            ? patterns("series_exclude", options.seriesExclude())
            : patterns("series_include", options.seriesInclude());
    this.journal =
        new SeriesJournal(
            folder(options.baseDir()), (int) options.logInterval().toSeconds(), scheduler, zone);
    series.all().forEach(this::begin);
    scheduler.pool("IO").execute(() -> series.all().forEach(this::begin));
  }

  private static Path folder(Optional<String> option) throws ConfigException {
    try {
      Path folder = Path.of(option.orElse(""));
      if (folder.isAbsolute()) {
        return folder;
      }
    } catch (InvalidPathException e) {
      throw new ConfigException("in as_logger: base_dir = \"" + option.get() + "\": no path", e);
    }
    throw new ConfigException(
        "in as_logger: base_dir = \"%s\": expected the whole path of a folder"
            .formatted(option.orElse("")));
  }

  private static List<Pattern> patterns(String option, List<String> texts) throws ConfigException {
    List<Pattern> patterns = new ArrayList<>();
    for (String text : texts) {
      try {
        patterns.add(Pattern.compile(text));
      } catch (PatternSyntaxException e) {
        throw new ConfigException(
            "in as_logger: %s: \"%s\" is no regular expression: %s"
                .formatted(option, text, e.getDescription()),
            e);
      }
    }
    return List.copyOf(patterns);
  }

  private boolean wanted(String name) {
    return all != exceptions.stream().anyMatch(pattern -> pattern.matcher(name).find());
  }

  private void begin(Series series) {
    if (wanted(series.definition().name())) {
      journal.add(series);
    }
  }

  @Override
  public void defined(Series series) {
    scheduler.pool("IO").execute(() -> begin(series));
  }

  @Override
  public void added(SeriesDefinition series, String key, long delta) {}

  @Override
  public void removed(SeriesDefinition series, String key) {}

  @Deactivate
  void end() {
    journal.end();
  }
}
