package org.impetusmta.spool.mapped;

import java.io.IOException;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.CRC32C;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.BodyRegion;
import org.impetusmta.api.spool.SpoolException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes bodies that stay in their file, for whatever engine: a segment of the journal, or a file
 * that is all body.
 *
 * <p>The engine promises that the octets stay where they are until it is told that the body was let
 * go. That is told for a body that was forgotten, too: once the garbage collector has found it,
 * with the next call of {@link #body} or {@link #releaseForgotten}.
 *
 * <p>A mapping that reaches beyond the end of its file, or onto a disk that fails, ends a careless
 * reader with a signal. So the size of the file is looked at first, and the octets are checked by
 * way of an array: a signal within a bulk copy is an {@link InternalError} and no more. What
 * happens to the file later is met by system calls, which say so. Concurrent.
 */
public final class MappedBodies {
  private static final Logger LOG = LoggerFactory.getLogger(MappedBodies.class);

  /** Octets that are checked at a time. */
  private static final int CHUNK = 16 * 1024;

  private final ReferenceQueue<BodyRegion> collected = new ReferenceQueue<>();
  private final Set<Reference<?>> watched = ConcurrentHashMap.newKeySet();

  /** Tells the engine, once. */
  private static final class Release implements Runnable {
    private final Runnable told;
    private final AtomicBoolean done = new AtomicBoolean();

    /** Set before anybody can run it. */
    private @Nullable Watch watch;

    Release(Runnable told) {
      this.told = told;
    }

    @Override
    public void run() {
      if (done.compareAndSet(false, true)) {
        Watch mine = watch;
        if (mine != null) {
          mine.end();
        }
        told.run();
      }
    }
  }

  /** Outlives a region that nobody let go. */
  private final class Watch extends PhantomReference<BodyRegion> {
    private final Path file;
    private final Release release;

    Watch(BodyRegion region, Release release) {
      super(region, collected);
      this.file = region.file();
      this.release = release;
    }

    void end() {
      clear();
      watched.remove(this);
    }
  }

  /**
   * Makes a body of {@code length} octets at {@code offset} of a file, after a look at all of them.
   *
   * @param mapping the file, mapped from its first octet
   * @param crc the CRC32C that they should have
   * @param release called once, when the body was let go; never if this fails
   * @throws SpoolException when they are not what they should be
   * @throws IOException when they cannot be read
   */
  public Body body(
      Path file, ByteBuffer mapping, long offset, int length, int crc, Runnable release)
      throws IOException {
    releaseForgotten();
    checkSize(file, offset + length);
    ByteBuffer mapped = mapping.slice(Math.toIntExact(offset), length);
    if (crc(file, mapped, offset) != crc) {
      throw new SpoolException(
          "damaged record in " + file + ": body checksum at offset " + offset + " does not match");
    }
    Release once = new Release(release);
    BodyRegion region = new BodyRegion(file, offset, mapped, endsLine(file, mapped, offset), once);
    Watch watch = new Watch(region, once);
    once.watch = watch;
    watched.add(watch);
    return Body.of(region);
  }

  /**
   * Looks whether the file is as long as what is mapped of it is going to be read.
   *
   * @throws SpoolException when it was cut off
   */
  public static void checkSize(Path file, long end) throws IOException {
    if (Files.size(file) < end) {
      throw new SpoolException(
          "damaged record in " + file + ": the file is cut off before offset " + end);
    }
  }

  /**
   * Copies {@code count} octets out of a mapping.
   *
   * @throws IOException when they cannot be read
   */
  public static byte[] copy(Path file, ByteBuffer mapping, long offset, int count)
      throws IOException {
    byte[] octets = new byte[count];
    fill(file, mapping, Math.toIntExact(offset), octets, count, offset);
    return octets;
  }

  private static void fill(
      Path file, ByteBuffer mapped, int at, byte[] into, int count, long offset)
      throws IOException {
    try {
      mapped.get(at, into, 0, count);
    } catch (InternalError e) {
      throw new IOException(file + " cannot be read at offset " + offset, e);
    }
  }

  private static int crc(Path file, ByteBuffer mapped, long offset) throws IOException {
    CRC32C crc = new CRC32C();
    byte[] chunk = new byte[Math.min(CHUNK, mapped.capacity())];
    for (int at = 0; at < mapped.capacity(); at += chunk.length) {
      int count = Math.min(chunk.length, mapped.capacity() - at);
      fill(file, mapped, at, chunk, count, offset + at);
      crc.update(chunk, 0, count);
    }
    return (int) crc.getValue();
  }

  private static boolean endsLine(Path file, ByteBuffer mapped, long offset) throws IOException {
    int length = mapped.capacity();
    if (length < 2) {
      return length == 0;
    }
    byte[] last = new byte[2];
    fill(file, mapped, length - 2, last, 2, offset + length - 2);
    return last[0] == '\r' && last[1] == '\n';
  }

  /** Lets go what the garbage collector found: nobody else will. */
  public void releaseForgotten() {
    for (Reference<?> found = collected.poll(); found != null; found = collected.poll()) {
      if (found instanceof Watch watch) {
        LOG.warn("a body in {} was never let go", watch.file);
        watch.release.run();
      }
    }
  }

  /** Bodies that were made and not let go. */
  public int held() {
    return watched.size();
  }
}
