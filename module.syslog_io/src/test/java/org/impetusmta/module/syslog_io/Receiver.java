package org.impetusmta.module.syslog_io;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A system logger's socket. What is sent before it is read waits in it. */
@SuppressWarnings("restricted")
final class Receiver implements AutoCloseable {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private final Arena arena = Arena.ofConfined();
  private final int descriptor;

  private static MethodHandle function(String name, FunctionDescriptor type) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type);
  }

  Receiver(Path path) throws Exception {
    try {
      descriptor =
          (int) function("socket", FunctionDescriptor.of(INT, INT, INT, INT)).invokeExact(1, 2, 0);
      byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
      MemorySegment address = arena.allocate(110, 2);
      address.set(ValueLayout.JAVA_SHORT, 0, (short) 1);
      MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, 2, name.length);
      int bound =
          (int)
              function("bind", FunctionDescriptor.of(INT, INT, ValueLayout.ADDRESS, INT))
                  .invokeExact(descriptor, address, 110);
      if (descriptor < 0 || bound != 0) {
        throw new IllegalStateException("no socket at " + path);
      }
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  String next() throws Exception {
    MemorySegment datagram = arena.allocate(65536);
    try {
      long length =
          (long)
              function("recv", FunctionDescriptor.of(LONG, INT, ValueLayout.ADDRESS, LONG, INT))
                  .invokeExact(descriptor, datagram, datagram.byteSize(), 0);
      return new String(
          datagram.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws Exception {
    try {
      int _ = (int) function("close", FunctionDescriptor.of(INT, INT)).invokeExact(descriptor);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
    arena.close();
  }
}
