package org.impetusmta.module.tls_reporting;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The counts on disk: {@code YYYY-MM-DD.json} for each day in the folder {@code report_store},
 * written beside its name and moved there. Single: one job at a time. Blocks.
 */
final class TallyFiles {
  private static final Logger LOG = LoggerFactory.getLogger(TallyFiles.class);
  private static final String SUFFIX = ".json";

  private final Path folder;
  private final int mostDomains;

  TallyFiles(Path folder, int mostDomains) {
    this.folder = folder;
    this.mostDomains = mostDomains;
  }

  private Path file(LocalDate day) {
    return folder.resolve(day + SUFFIX);
  }

  /** Writes the counts of a day; a disk that cannot take them is logged. */
  void write(Tally tally) {
    Path beside = folder.resolve(".new-" + tally.day());
    try {
      Files.createDirectories(folder);
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(beside))) {
        ReportJson.keep(tally, out);
      }
      Files.move(
          beside,
          file(tally.day()),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      LOG.warn("the counts of {} cannot be kept in {}: {}", tally.day(), folder, e.toString());
    }
  }

  /** What is kept of a day; empty where there is nothing that can be read. */
  Optional<Tally> read(LocalDate day) {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file(day)))) {
      Tally tally = ReportJson.kept(in, mostDomains);
      return tally.day().equals(day) ? Optional.of(tally) : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      LOG.warn("the counts in {} are not used: {}", file(day), e.toString());
      return Optional.empty();
    }
  }

  /** The days of which something is kept, in order. */
  NavigableSet<LocalDate> days() {
    NavigableSet<LocalDate> days = new TreeSet<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "????-??-??" + SUFFIX)) {
      for (Path file : files) {
        try {
          days.add(LocalDate.parse(file.getFileName().toString().substring(0, 10)));
        } catch (DateTimeParseException e) {
          LOG.debug("{} is none of ours", file);
        }
      }
    } catch (NoSuchFileException e) {
      LOG.debug("there is no {} yet", folder);
    } catch (IOException e) {
      LOG.warn("{} cannot be looked through: {}", folder, e.toString());
    }
    return days;
  }

  void delete(LocalDate day) {
    try {
      Files.deleteIfExists(file(day));
    } catch (IOException e) {
      LOG.warn("{} cannot be deleted: {}", file(day), e.toString());
    }
  }
}
