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
import org.impetusmta.api.io.IoLimits;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.api.io.IoWrappers;

/**
 * The files that rules come from: paths, those that are not absolute in {@code etc}, or URIs of an
 * I/O wrapper. A file that nobody named and that is not there has no rules. Reading blocks.
 * Immutable.
 */
final class OverrideFiles {
  private static final String DATASOURCE = ":datasource:";
  private static final IoLimits LIMITS = new IoLimits(Duration.ofSeconds(30), 16 << 20);

  private final IoWrappers io;
  private final Path etc;
  private final Map<Integer, BounceClass> custom;
  private final List<Source> smtp = new ArrayList<>();
  private final List<Source> reports = new ArrayList<>();

  private record Source(String option, String target, boolean mayLack, boolean domains) {}

  /** What the files say. */
  record Rules(OverrideRules smtp, OverrideRules reports) {}

  OverrideFiles(
      BounceClassifierOverride.Options options,
      Map<Integer, BounceClass> custom,
      IoWrappers io,
      Path etc)
      throws ConfigException {
    this.io = io;
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
    if (target.startsWith(DATASOURCE)) {
      throw new ConfigException(
          "in bounce_classifier_override: %s = \"%s\": there is no module of datasources yet;"
                  .formatted(option, target)
              + " expected the path of a file, or a URI");
    }
    sources.add(new Source(option, target, target.equals(byDefault), domains));
  }

  /**
   * Reads all of them.
   *
   * @throws ConfigException when one cannot be read, or a line of it
   */
  Rules read() throws ConfigException {
    return new Rules(read(smtp), read(reports));
  }

  private OverrideRules read(List<Source> sources) throws ConfigException {
    List<OverrideRule> rules = new ArrayList<>();
    for (Source source : sources) {
      try {
        Optional<List<String>> lines = lines(source);
        if (lines.isPresent()) {
          rules.addAll(OverrideRules.parse(lines.get(), source.domains(), custom));
        }
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
