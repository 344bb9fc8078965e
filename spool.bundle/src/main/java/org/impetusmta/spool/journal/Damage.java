package org.impetusmta.spool.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Sets damaged stretches of segments aside: the octets as they are, in {@code
 * damaged/<segment>-<epoch>-<offset>.record} below SpoolBase. Setting the same stretch aside again
 * replaces the file. Concurrent.
 */
final class Damage {
  private static final int CHUNK = 1 << 20;

  private final JournalDirectory directory;

  Damage(JournalDirectory directory) {
    this.directory = directory;
  }

  /** Copies the octets {@code from} to {@code to} of {@code segment}; durable on return. */
  Path setAside(Segment segment, FileChannel channel, long from, long to) throws IOException {
    JournalDirectory.makeFolder(directory.damaged(), directory.mode());
    Path file =
        directory
            .damaged()
            .resolve("%010d-%016x-%d.record".formatted(segment.number(), segment.epoch(), from));
    try (FileChannel out =
        directory
            .disk()
            .open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
      directory.disk().permissions(file, JournalDirectory.permissions(directory.mode()));
      ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(CHUNK, Math.max(1, to - from)));
      long at = from;
      while (at < to) {
        chunk.clear();
        SegmentReader.fill(channel, chunk, at, Math.min(chunk.capacity(), to - at));
        chunk.flip();
        while (chunk.hasRemaining()) {
          at += out.write(chunk, at - from);
        }
      }
      out.force(true);
    }
    directory.sync(directory.damaged());
    return file;
  }
}
