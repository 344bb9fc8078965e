package org.impetusmta.spool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/** Folders of a spool and the permissions that {@code Spool_Mode} gives. Concurrent. */
public final class SpoolFolder {
  private SpoolFolder() {}

  /**
   * Makes a folder that those who may read the files may enter.
   *
   * @throws IOException that names the folder when it cannot be made or written to
   */
  public static void make(Path folder, int mode) throws IOException {
    try {
      if (!Files.isDirectory(folder)) {
        Files.createDirectories(folder);
        Files.setPosixFilePermissions(folder, folderPermissions(mode));
      }
    } catch (IOException e) {
      throw new IOException("cannot make the spool folder " + folder + ": " + e, e);
    }
    if (!Files.isWritable(folder) || !Files.isExecutable(folder)) {
      throw new IOException("cannot write to the spool folder " + folder);
    }
  }

  /** The permissions of a folder whose files have {@code mode}. */
  public static Set<PosixFilePermission> folderPermissions(int mode) {
    return permissions(mode | (mode & 0444) >> 2);
  }

  /** The permissions of a mode: the nine bits, from the owner's read to the others' execute. */
  public static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    PosixFilePermission[] all = PosixFilePermission.values();
    for (int i = 0; i < all.length; i++) {
      if ((mode & 0400 >> i) != 0) {
        permissions.add(all[i]);
      }
    }
    return permissions;
  }
}
