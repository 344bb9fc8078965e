package org.impetusmta.spool.hashed;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A disk that fails as it is told, at one operation or from one on. Operations are counted from 1:
 * create, write, force, link, rename, delete, makeFolder, syncFolder. Concurrent.
 */
final class FaultyDisk implements HashedDisk {
  /** How an operation fails. */
  enum Fault {
    /** Nothing is done. */
    ERROR,
    /** A write puts half of its octets on the disk first; all else is done, and then fails. */
    HALF
  }

  final AtomicInteger operations = new AtomicInteger();
  final AtomicInteger forces = new AtomicInteger();
  final AtomicInteger folderSyncs = new AtomicInteger();
  final AtomicBoolean forcesFail = new AtomicBoolean();
  final AtomicBoolean folderSyncsFail = new AtomicBoolean();
  final AtomicBoolean writesFail = new AtomicBoolean();
  final AtomicBoolean deletesFail = new AtomicBoolean();
  private volatile int failAt = Integer.MAX_VALUE;
  private volatile boolean failOn;
  private volatile Fault fault = Fault.ERROR;

  /** Operation {@code number}, counted from now, fails, and with {@code on} all that follow. */
  void fail(int number, boolean on, Fault how) {
    operations.set(0);
    fault = how;
    failOn = on;
    failAt = number;
  }

  /** All is well again. */
  void heal() {
    failAt = Integer.MAX_VALUE;
    forcesFail.set(false);
    folderSyncsFail.set(false);
    writesFail.set(false);
    deletesFail.set(false);
  }

  /** Whether the operation that was to fail was reached. */
  boolean failed() {
    return operations.get() >= failAt;
  }

  private boolean isDue() {
    int now = operations.incrementAndGet();
    return now == failAt || (failOn && now > failAt);
  }

  /** Some operation on the disk. */
  private interface Operation<T> {
    T run() throws IOException;
  }

  private <T> T run(Operation<T> operation) throws IOException {
    if (!isDue()) {
      return operation.run();
    }
    if (fault == Fault.HALF) {
      operation.run();
    }
    throw new IOException("Input/output error");
  }

  @Override
  public NewFile create(Path file, Set<PosixFilePermission> mode) throws IOException {
    NewFile made =
        run(
            () -> {
              return HashedDisk.super.create(file, mode);
            });
    return new NewFile() {
      @Override
      public void write(byte[] octets, int length) throws IOException {
        boolean due = isDue();
        if (due || writesFail.get()) {
          if (fault == Fault.HALF) {
            made.write(octets, length / 2);
          }
          throw new IOException("No space left on device");
        }
        made.write(octets, length);
      }

      @Override
      public void force() throws IOException {
        forces.incrementAndGet();
        boolean due = isDue();
        if (due || forcesFail.get()) {
          throw new IOException("Input/output error");
        }
        made.force();
      }

      @Override
      public void close() throws IOException {
        made.close();
      }
    };
  }

  @Override
  public void link(Path file, Path name) throws IOException {
    run(
        () -> {
          HashedDisk.super.link(file, name);
          return true;
        });
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    run(
        () -> {
          HashedDisk.super.rename(from, to);
          return true;
        });
  }

  @Override
  public boolean delete(Path file) throws IOException {
    if (deletesFail.get()) {
      throw new IOException("Input/output error");
    }
    return run(() -> HashedDisk.super.delete(file));
  }

  @Override
  public void makeFolder(Path folder, Set<PosixFilePermission> mode) throws IOException {
    run(
        () -> {
          HashedDisk.super.makeFolder(folder, mode);
          return true;
        });
  }

  @Override
  public void syncFolder(Path folder) throws IOException {
    folderSyncs.incrementAndGet();
    boolean due = isDue();
    if (due || folderSyncsFail.get()) {
      throw new IOException("Input/output error");
    }
    HashedDisk.super.syncFolder(folder);
  }
}
