package org.impetusmta.module.syslog_io;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A Unix datagram socket that is connected to another, which the JDK does not have: the C library
 * of Linux by the foreign function interface. Sending waits a second for a receiver that is busy,
 * then fails. 64 bit Linux. Thread-safety: single.
 */
@SuppressWarnings("restricted") // native access is what this class is for; the launcher allows it
final class LocalDatagrams implements Closeable {
  private static final int AF_UNIX = 1;
  private static final int DATAGRAM = 2 | 0x80000; // SOCK_DGRAM | SOCK_CLOEXEC
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_SNDTIMEO = 21;
  private static final int LONGEST_PATH = 107;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private static final MethodHandle SOCKET = function("socket", INT, INT, INT, INT);
  private static final MethodHandle CONNECT =
      function("connect", INT, INT, ValueLayout.ADDRESS, INT);
  private static final MethodHandle SETSOCKOPT =
      function("setsockopt", INT, INT, INT, INT, ValueLayout.ADDRESS, INT);
  private static final MethodHandle SEND =
      function("send", LONG, INT, ValueLayout.ADDRESS, LONG, INT);
  private static final MethodHandle CLOSE = function("close", INT, INT);
  private static final MethodHandle STRERROR =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("strerror"),
          FunctionDescriptor.of(ValueLayout.ADDRESS, INT));

  private int descriptor;

  private LocalDatagrams(int descriptor) {
    this.descriptor = descriptor;
  }

  private static MethodHandle function(
      String name, MemoryLayout result, MemoryLayout... parameters) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, parameters),
        Linker.Option.captureCallState("errno"));
  }

  /** A call that returns -1 and sets errno where it fails. */
  @FunctionalInterface
  private interface Call {
    long with(Arena arena, MemorySegment state) throws Throwable;
  }

  private static long call(String what, Call call) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      long result = call.with(arena, state);
      if (result < 0) {
        MemorySegment text = (MemorySegment) STRERROR.invokeExact((int) ERRNO.get(state, 0L));
        throw new IOException(what + ": " + text.reinterpret(256).getString(0));
      }
      return result;
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(what + " cannot be called", e);
    }
  }

  /** Opens a socket and connects it to the one of that path. */
  static LocalDatagrams connect(Path path) throws IOException {
    byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
    if (name.length > LONGEST_PATH) {
      throw new IOException("found a path of " + name.length + " octets, expected at most 107");
    }
    int descriptor =
        (int) call("socket", (_, state) -> (int) SOCKET.invokeExact(state, AF_UNIX, DATAGRAM, 0));
    LocalDatagrams opened = new LocalDatagrams(descriptor);
    try {
      call(
          "connecting to " + path,
          (arena, state) -> {
            // struct sockaddr_un
            MemorySegment address = arena.allocate(2 + LONGEST_PATH + 1, 2);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
            MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, 2, name.length);
            int length = (int) address.byteSize();
            return (int) CONNECT.invokeExact(state, descriptor, address, length);
          });
      call(
          "setsockopt",
          (arena, state) -> {
            MemorySegment second = arena.allocate(LONG, 2); // struct timeval
            second.setAtIndex(LONG, 0, 1);
            int length = (int) second.byteSize();
            return (int)
                SETSOCKOPT.invokeExact(state, descriptor, SOL_SOCKET, SO_SNDTIMEO, second, length);
          });
      return opened;
    } catch (IOException e) {
      opened.close();
      throw e;
    }
  }

  /** Sends one datagram. */
  void send(byte[] octets) throws IOException {
    if (descriptor < 0) {
      throw new IOException("the socket is closed");
    }
    call(
        "send",
        (arena, state) -> {
          MemorySegment copy = arena.allocateFrom(ValueLayout.JAVA_BYTE, octets);
          return (long)
              SEND.invokeExact(state, descriptor, copy, (long) octets.length, MSG_NOSIGNAL);
        });
  }

  @Override
  public void close() throws IOException {
    int open = descriptor;
    descriptor = -1;
    if (open >= 0) {
      call("close", (_, state) -> (int) CLOSE.invokeExact(state, open));
    }
  }
}
