package org.impetusmta.listener.esmtp;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.ThreadPool;
import org.impetusmta.listener.esmtp.ContentReader.Fault;
import org.impetusmta.listener.esmtp.ContentReader.ServerMemory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Content declared BINARYMIME (RFC 3030) while its chunks come, octet for octet. At its end it is
 * converted in a thread pool ({@link BinaryMime}); room for the result is counted before. Single;
 * of the session's loop, but for the conversion.
 */
final class BinaryContent {
  private static final Logger LOG = LoggerFactory.getLogger(BinaryContent.class);
  private static final int FIRST = 16 << 10;
  private static final int LARGEST = 1 << 30;

  private final AtomicLong memory;
  private final long memoryLimit;
  private final ServerMemory server;
  private final long sizeLimit;
  private byte[] octets = new byte[0];
  private int size;
  private int counted;
  private Fault fault = Fault.NONE;

  /**
   * @param memory octets that all messages of the listener hold
   * @param memoryLimit how many they may
   * @param server told how many octets more, or less where negative, are held here
   * @param sizeLimit octets that the content may have; 0: no limit
   */
  BinaryContent(AtomicLong memory, long memoryLimit, ServerMemory server, long sizeLimit) {
    this.memory = memory;
    this.memoryLimit = memoryLimit;
    this.server = server;
    this.sizeLimit = sizeLimit == 0 ? LARGEST : Math.min(sizeLimit, LARGEST);
  }

  void add(ByteBuf some) {
    int more = some.readableBytes();
    if (fault == Fault.NONE && size + (long) more > sizeLimit) {
      fail(Fault.TOO_LARGE);
    }
    if (fault == Fault.NONE && size + more > octets.length) {
      int wanted = (int) Math.min(LARGEST, Math.max(FIRST, 2L * (size + more)));
      // old and new are there at a time
      if (count(wanted)) {
        byte[] before = octets;
        octets = Arrays.copyOf(before, wanted);
        give(before.length);
      }
    }
    if (fault == Fault.NONE) {
      some.readBytes(octets, size, more);
      size += more;
    }
  }

  Fault fault() {
    return fault;
  }

  /**
   * Converts it in {@code pool}.
   *
   * @param then called on {@code loop}, also when the session has closed; empty where it cannot be
   *     converted or there is a fault
   */
  void convert(ThreadPool pool, EventLoop loop, Consumer<Optional<Body>> then) {
    if (fault != Fault.NONE || !count(size + size / 2 + FIRST)) {
      loop.execute(() -> then.accept(Optional.empty()));
      return;
    }
    byte[] source = octets;
    int length = size;
    try {
      pool.execute(
          () -> {
            Optional<Body> converted = converted(source, length);
            loop.execute(() -> then.accept(converted));
          });
    } catch (RejectedExecutionException full) {
      LOG.error("binary content is not converted: {}", full.toString());
      fail(Fault.LOW_MEMORY);
      loop.execute(() -> then.accept(Optional.empty()));
    }
  }

  @SuppressWarnings("CatchingUnchecked") // whatever goes wrong, the session goes on
  private static Optional<Body> converted(byte[] source, int length) {
    try {
      return BinaryMime.convert(source, length);
    } catch (RuntimeException | StackOverflowError wrong) {
      LOG.error("binary content cannot be converted", wrong);
      return Optional.empty();
    }
  }

  private boolean count(int more) {
    if (memory.addAndGet(more) > memoryLimit) {
      memory.addAndGet(-more);
      fail(Fault.OUT_OF_MEMORY);
      return false;
    }
    if (!server.receiving(more)) {
      memory.addAndGet(-more);
      fail(Fault.LOW_MEMORY);
      return false;
    }
    counted += more;
    return true;
  }

  private void fail(Fault why) {
    fault = why;
    octets = new byte[0];
    size = 0;
    give(counted);
  }

  private void give(int less) {
    memory.addAndGet(-less);
    server.receiving(-less);
    counted -= less;
  }

  /** Gives back what was counted; not used afterwards. */
  void release() {
    give(counted);
    octets = new byte[0];
  }
}
