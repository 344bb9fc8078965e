package org.impetusmta.module.sched;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.impetusmta.api.config.ConfigException;

/**
 * The file of {@code backing_store}: a first line that names its form, then a {@link Job#line} for
 * each job, UTF-8. Written into a file beside it, which takes its place. Blocks; single.
 */
final class JobFile implements JobStore {
  private static final String FORM = "impetus-sched 1";

  private final Path file;

  JobFile(Path file) {
    this.file = file;
  }

  /**
   * The jobs that are kept; none where there is no file.
   *
   * @throws ConfigException when the file is another's, or cannot be read and written
   */
  @Override
  public List<Job> read() throws ConfigException {
    try {
      if (Files.notExists(file)) {
        write(List.of());
        return List.of();
      }
      byte[] octets = Files.readAllBytes(file);
      String text = new String(octets, StandardCharsets.UTF_8);
      if (text.startsWith("SQLite format")) {
        throw new ConfigException(
            "sched: backing_store = \"%s\" is a SQLite database, expected a file of our own or a new name,"
                    .formatted(file)
                + " or :datasource:NAME of a Datasource stanza");
      }
      List<String> lines = text.lines().toList();
      if (lines.isEmpty() || !lines.getFirst().equals(FORM)) {
        throw new ConfigException(
            "sched: backing_store = \"%s\" does not begin with \"%s\": it holds something else"
                .formatted(file, FORM));
      }
      List<Job> jobs = new ArrayList<>();
      for (String line : lines.subList(1, lines.size())) {
        jobs.add(Job.parse(line));
      }
      return jobs;
    } catch (IOException | IllegalArgumentException e) {
      throw new ConfigException("sched: backing_store = \"%s\": %s".formatted(file, e), e);
    }
  }

  @Override
  public void write(Collection<Job> jobs) throws IOException {
    StringBuilder text = new StringBuilder(FORM).append('\n');
    jobs.forEach(job -> text.append(job.line()).append('\n'));
    Path beside = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(beside);
    try (FileChannel channel =
        FileChannel.open(
            beside,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      ByteBuffer octets = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
      while (octets.hasRemaining()) {
        channel.write(octets);
      }
      channel.force(true);
    }
    Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
