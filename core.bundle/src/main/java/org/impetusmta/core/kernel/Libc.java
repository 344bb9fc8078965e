package org.impetusmta.core.kernel;

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
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The functions of the C library of Linux that change who a process is, by the JDK's foreign
 * function interface. Those that set ids concern every thread of the process, as POSIX wants it:
 * glibc and musl see to that; capset and prctl concern the calling thread alone. A function is
 * bound when it is called: each costs milliseconds, and most servers call one. 64 bit Linux.
 * Concurrent.
 */
@SuppressWarnings("restricted") // native access is what this class is for; the launcher allows it
final class Libc {
  private static final int PR_SET_KEEPCAPS = 8;
  private static final int CAPABILITY_VERSION_3 = 0x2008_0522;
  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  /** A user as the system's databases have it. */
  record Account(String name, int user, int group) {}

  private static MethodHandle bind(String name, MemoryLayout... parameters) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(INT, parameters),
        Linker.Option.captureCallState("errno"));
  }

  private static MethodHandle prctl() {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow("prctl"),
        FunctionDescriptor.of(INT, INT, LONG, LONG, LONG, LONG),
        Linker.Option.captureCallState("errno"),
        Linker.Option.firstVariadicArg(1));
  }

  private static MethodHandle pointerTo(String name, MemoryLayout parameter) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(ValueLayout.ADDRESS, parameter));
  }

  /** A call that returns 0, or -1 and sets errno. */
  @FunctionalInterface
  private interface Call {
    int with(Arena arena, MemorySegment state) throws Throwable;
  }

  private void call(String what, Call call) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      if (call.with(arena, state) != 0) {
        int errno = (int) ERRNO.get(state, 0L);
        MemorySegment text = (MemorySegment) pointerTo("strerror", INT).invokeExact(errno);
        throw new IOException(what + ": " + text.reinterpret(256).getString(0));
      }
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(what + " cannot be called", e);
    }
  }

  /** Replaces the supplementary groups of all threads. */
  void setgroups(List<Integer> groups) throws IOException {
    call(
        "setgroups",
        (arena, state) -> {
          MemorySegment list = arena.allocate(INT, Math.max(1, groups.size()));
          for (int i = 0; i < groups.size(); i++) {
            list.setAtIndex(INT, i, groups.get(i));
          }
          return (int)
              bind("setgroups", LONG, ValueLayout.ADDRESS)
                  .invokeExact(state, (long) groups.size(), list);
        });
  }

  /** Sets the group of all threads. */
  void setresgid(int real, int effective, int saved) throws IOException {
    call(
        "setresgid",
        (_, state) ->
            (int) bind("setresgid", INT, INT, INT).invokeExact(state, real, effective, saved));
  }

  /** Sets the user of all threads. */
  void setresuid(int real, int effective, int saved) throws IOException {
    call(
        "setresuid",
        (_, state) ->
            (int) bind("setresuid", INT, INT, INT).invokeExact(state, real, effective, saved));
  }

  /** Makes a folder the root of the process. */
  void chroot(String folder) throws IOException {
    call(
        "chroot to " + folder,
        (arena, state) ->
            (int)
                bind("chroot", ValueLayout.ADDRESS).invokeExact(state, arena.allocateFrom(folder)));
  }

  void chdir(String folder) throws IOException {
    call(
        "chdir to " + folder,
        (arena, state) ->
            (int)
                bind("chdir", ValueLayout.ADDRESS).invokeExact(state, arena.allocateFrom(folder)));
  }

  /** Sets the capabilities of the calling thread. */
  void capset(Capabilities sets) throws IOException {
    call(
        "capset",
        (arena, state) -> {
          MemorySegment header = arena.allocate(INT, 2);
          header.setAtIndex(INT, 0, CAPABILITY_VERSION_3);
          MemorySegment data = arena.allocate(INT, 6);
          long[] values = {sets.effective(), sets.permitted(), sets.inheritable()};
          for (int i = 0; i < values.length; i++) {
            data.setAtIndex(INT, i, (int) values[i]);
            data.setAtIndex(INT, 3 + i, (int) (values[i] >>> 32));
          }
          return (int)
              bind("capset", ValueLayout.ADDRESS, ValueLayout.ADDRESS)
                  .invokeExact(state, header, data);
        });
  }

  /** Whether the calling thread keeps its permitted capabilities when it is root no longer. */
  void keepCapabilities(boolean keep) throws IOException {
    long on = keep ? 1 : 0;
    call("prctl", (_, state) -> (int) prctl().invokeExact(state, PR_SET_KEEPCAPS, on, 0L, 0L, 0L));
  }

  /** The user of that name. */
  synchronized Optional<Account> user(String name) {
    try (Arena arena = Arena.ofConfined()) {
      return account(
          (MemorySegment)
              pointerTo("getpwnam", ValueLayout.ADDRESS).invokeExact(arena.allocateFrom(name)));
    } catch (Throwable e) {
      throw new IllegalStateException("getpwnam cannot be called", e);
    }
  }

  /** The user of that number. */
  synchronized Optional<Account> user(int number) {
    try {
      return account((MemorySegment) pointerTo("getpwuid", INT).invokeExact(number));
    } catch (Throwable e) {
      throw new IllegalStateException("getpwuid cannot be called", e);
    }
  }

  /** struct passwd: two pointers, uid, gid. */
  private static Optional<Account> account(MemorySegment passwd) {
    if (passwd.address() == 0) {
      return Optional.empty();
    }
    MemorySegment entry = passwd.reinterpret(24);
    String name = entry.get(ValueLayout.ADDRESS, 0).reinterpret(1024).getString(0);
    return Optional.of(new Account(name, entry.get(INT, 16), entry.get(INT, 20)));
  }

  /** The number of the group of that name; struct group: two pointers, gid. */
  synchronized OptionalInt group(String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment entry =
          (MemorySegment)
              pointerTo("getgrnam", ValueLayout.ADDRESS).invokeExact(arena.allocateFrom(name));
      return entry.address() == 0
          ? OptionalInt.empty()
          : OptionalInt.of(entry.reinterpret(24).get(INT, 16));
    } catch (Throwable e) {
      throw new IllegalStateException("getgrnam cannot be called", e);
    }
  }
}
