package org.impetusmta.core.kernel;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;

/**
 * Gives files that root made to the user that the server becomes. Goes from folder to folder by
 * open descriptors, follows no symbolic link, and enters no folder that another user could have put
 * something into: nobody can have root give away a file of the system's. Stateless.
 */
final class Ownership {
  private Ownership() {}

  /** Gives a file, or a folder with all that is in it; what is not there is left out. */
  static void give(Path path, String user, int group) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    UserPrincipalLookupService names = path.getFileSystem().getUserPrincipalLookupService();
    UserPrincipal owner = names.lookupPrincipalByName(user);
    GroupPrincipal owners = names.lookupPrincipalByGroupName(Integer.toString(group));
    PosixFileAttributeView view =
        Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
        if (!(entries instanceof SecureDirectoryStream<Path> secure)) {
          throw new IOException(path + " cannot be given to " + user + " safely");
        }
        giveContent(secure, path, owner, owners);
      }
    }
    view.setGroup(owners);
    view.setOwner(owner);
  }

  private static void giveContent(
      SecureDirectoryStream<Path> folder, Path shown, UserPrincipal owner, GroupPrincipal owners)
      throws IOException {
    PosixFileAttributes self =
        folder.getFileAttributeView(PosixFileAttributeView.class).readAttributes();
    boolean others =
        self.permissions().contains(PosixFilePermission.GROUP_WRITE)
            || self.permissions().contains(PosixFilePermission.OTHERS_WRITE);
    if (others || !self.owner().getName().equals("root")) {
      throw new IOException(
          "%s belongs to %s, or others may write there: it is not given away"
              .formatted(shown, self.owner()));
    }
    for (Path entry : folder) {
      Path name = entry.getFileName();
      PosixFileAttributeView view =
          folder.getFileAttributeView(
              name, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
      PosixFileAttributes attributes = view.readAttributes();
      if (attributes.isSymbolicLink() || attributes.isOther()) {
        continue;
      }
      if (attributes.isDirectory()) {
        try (SecureDirectoryStream<Path> inner =
            folder.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
          giveContent(inner, shown.resolve(name.toString()), owner, owners);
        }
      }
      view.setGroup(owners);
      view.setOwner(owner);
    }
  }
}
