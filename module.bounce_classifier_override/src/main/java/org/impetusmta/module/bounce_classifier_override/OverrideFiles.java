package org.impetusmta.module.bounce_classifier_override;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.bounce.BounceClass;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.datasource.Datasource;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.Datasources;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.Rows;
import org.impetusmta.api.io.IoLimits;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.api.io.IoWrappers;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where rules come from: files, those that are not absolute in {@code etc}; URIs of an I/O wrapper;
 * or {@code :datasource:NAME:QUERY}, whose answer has the cells of a line as columns. A file that
 * nobody named and that is not there has no rules. Reading blocks. Immutable.
 */
final class OverrideFiles {
  private static final Logger LOG = LoggerFactory.getLogger(OverrideFiles.class);
  private static final String DATASOURCE = ":datasource:";
  private static final IoLimits LIMITS = new IoLimits(Duration.ofSeconds(30), 16 << 20);

  private final IoWrappers io;
  private final Datasources datasources;
  private final Path etc;
  private final Map<Integer, BounceClass> custom;
  private final List<Source> smtp = new ArrayList<>();
  private final List<Source> reports = new ArrayList<>();

  private record Source(String option, String target, boolean mayLack, boolean domains) {
    boolean isDatasource() {
      return target.startsWith(DATASOURCE);
    }
  }

  /** What the files say. */
  record Rules(OverrideRules smtp, OverrideRules reports) {}

  OverrideFiles(
      BounceClassifierOverride.Options options,
      Map<Integer, BounceClass> custom,
      IoWrappers io,
      Datasources datasources,
      Path etc)
      throws ConfigException {
    this.io = io;
    this.datasources = datasources;
    this.etc = etc;
    this.custom = custom;
    add(
        smtp,
        "user_smtp_classification_override",
        options.userSmtpClassificationOverride(),
        BounceClassifierOverride.USER_SMTP,
        true);
    add(
        reports,
        "user_mdn_classification_override",
        options.userMdnClassificationOverride(),
        BounceClassifierOverride.USER_MDN,
        false);
    if (options.enableSystemUpdates()) {
      add(
          smtp,
          "system_smtp_classification_override",
          options.systemSmtpClassificationOverride(),
          BounceClassifierOverride.SYSTEM_SMTP,
          true);
      add(
          reports,
          "system_mdn_classification_override",
          options.systemMdnClassificationOverride(),
          BounceClassifierOverride.SYSTEM_MDN,
          false);
    }
  }

  private static void add(
      List<Source> sources, String option, String target, String byDefault, boolean domains)
      throws ConfigException {
    if (target.startsWith(DATASOURCE)
        && !target.substring(DATASOURCE.length()).matches("(?s)[^:]+:.*\\S.*")) {
      throw new ConfigException(
          "in bounce_classifier_override: %s = \"%s\": expected :datasource:NAME:QUERY"
              .formatted(option, target));
    }
    sources.add(new Source(option, target, target.equals(byDefault), domains));
  }

  /**
   * Reads all of them.
   *
   * @param first whether nothing was read before: a datasource that does not answer has no rules
   *     then, until it does
   * @throws ConfigException when one cannot be read, or a line of it
   */
  Rules read(boolean first) throws ConfigException {
    return new Rules(read(smtp, first), read(reports, first));
  }

  private OverrideRules read(List<Source> sources, boolean first) throws ConfigException {
    List<OverrideRule> rules = new ArrayList<>();
    for (Source source : sources) {
      try {
        Optional<List<String>> lines = source.isDatasource() ? ask(source) : lines(source);
        if (lines.isPresent()) {
          rules.addAll(OverrideRules.parse(lines.get(), source.domains(), custom));
        }
      } catch (DatasourceException e) {
        ConfigException failed =
            new ConfigException(
                "in bounce_classifier_override: %s: %s".formatted(source.option(), e.getMessage()),
                e);
        if (!first) {
          throw failed;
        }
        LOG.error("{}; there are no rules of it until it answers", failed.getMessage());
      } catch (IOException | IllegalArgumentException e) {
        String cause = e instanceof IOException ? "cannot be read: " + e : e.getMessage();
        throw new ConfigException(
            "in bounce_classifier_override: %s = \"%s\": %s"
                .formatted(source.option(), source.target(), cause),
            e);
      }
    }
    return new OverrideRules(rules);
  }

  /** The rows of a query as lines. */
  private Optional<List<String>> ask(Source source) throws DatasourceException {
    String[] parts = source.target().substring(DATASOURCE.length()).split(":", 2);
    Datasource datasource =
        datasources
            .find(parts[0])
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "there is no Datasource \"" + parts[0] + "\" stanza"));
    Rows rows = datasource.query(Query.of(parts[1])).whole();
    int width = source.domains() ? 3 : 2;
    if (!rows.isEmpty() && rows.columns().size() != width) {
      throw new IllegalArgumentException(
          "found %d columns, expected %d: %scode, rule"
              .formatted(rows.columns().size(), width, source.domains() ? "domain, " : ""));
    }
    List<String> lines = new ArrayList<>();
    for (List<@Nullable String> row : rows.cells()) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < width; i++) {
        String cell = row.get(i);
        String text = cell == null ? "" : cell;
        if (i < width - 1 && text.indexOf(',') >= 0) {
          throw new IllegalArgumentException("row " + (lines.size() + 1) + ": found a comma");
        }
        line.append(i == 0 ? "" : ",").append(text);
      }
      lines.add(line.toString());
    }
    return Optional.of(lines);
  }

  private Optional<List<String>> lines(Source source) throws IOException {
    Optional<IoUri> uri = IoUri.of(source.target());
    if (uri.isPresent() && !uri.get().scheme().equals("file")) {
      try (InputStream in = io.read(uri.get(), LIMITS)) {
        return Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList());
      }
    }
    String path = uri.isPresent() ? uri.get().rest() : source.target();
    Path file;
    try {
      file = etc.resolve(path);
    } catch (InvalidPathException e) {
      throw new IOException(e.getMessage(), e);
    }
    if (source.mayLack() && !Files.exists(file)) {
      return Optional.empty();
    }
    if (Files.size(file) > LIMITS.octets()) {
      throw new IOException("found more than " + LIMITS.octets() + " octets");
    }
    return Optional.of(Files.readString(file, StandardCharsets.UTF_8).lines().toList());
  }
}
