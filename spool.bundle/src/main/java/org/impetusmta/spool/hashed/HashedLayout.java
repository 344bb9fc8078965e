package org.impetusmta.spool.hashed;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.message.MessageId;

/**
 * Where the files of a message lie:
 *
 * <pre>
 *   hashed/C6/DD/00_00-02001-C6DD1CA4.data   the body in wire form
 *   hashed/C6/DD/00_00-02001-C6DD1CA4.meta   the rest ({@link MetaFile})
 *   hashed/C6/DD/00_00-02001-C6DD1CA4.new    metadata that is being written
 * </pre>
 *
 * <p>The name is the id with {@code _} for {@code /}; the folders are the first two pairs of digits
 * of its last group, the low bytes of its time. Messages that come in one second thereby share a
 * folder, so that what is synced for one is synced for all of them.
 *
 * <p>Read-only; safe for any thread.
 */
final class HashedLayout {
  /** Endings of the names. */
  static final String DATA = ".data";

  static final String META = ".meta";
  static final String NEW = ".new";

  /** The folder below SpoolBase. */
  static final String FOLDER = "hashed";

  private static final int SECONDS_AT = 12;

  private final Path root;

  HashedLayout(Path base) {
    this.root = base.resolve(FOLDER);
  }

  Path root() {
    return root;
  }

  /** The number of a message's folder, 0 to 65535. */
  static int leaf(MessageId id) {
    return (int) id.seconds() & 0xFFFF;
  }

  /** The folder of that number. */
  Path folder(int leaf) {
    return root.resolve(pair(leaf & 0xFF)).resolve(pair(leaf >>> 8));
  }

  // as in a message id, hexadecimal digits run from the least significant to the most
  private static String pair(int octet) {
    return "%X%X".formatted(octet & 15, octet >>> 4);
  }

  /** The file of a message with that ending. */
  Path file(MessageId id, String ending) {
    return folder(leaf(id)).resolve(name(id) + ending);
  }

  static String name(MessageId id) {
    return id.toString().replace('/', '_');
  }

  /** The id in a file's name; empty when it is none of ours, or lies in another's folder. */
  static Optional<MessageId> id(Path file) {
    String name = file.getFileName().toString();
    if (name.length() <= MessageId.LENGTH || name.charAt(2) != '_') {
      return Optional.empty();
    }
    try {
      MessageId id =
          MessageId.parse(name.substring(0, 2) + '/' + name.substring(3, MessageId.LENGTH));
      String ending = name.substring(MessageId.LENGTH);
      boolean ours = ending.equals(DATA) || ending.equals(META) || ending.equals(NEW);
      boolean home = name.startsWith(folders(file), SECONDS_AT) && name.equals(name(id) + ending);
      return ours && home ? Optional.of(id) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** The digits that the two folders above a file are named for. */
  private static String folders(Path file) {
    int names = file.getNameCount();
    return names < 3 ? "?" : file.getName(names - 3) + "" + file.getName(names - 2);
  }

  /** Told what lies in one folder. */
  interface Visitor {
    void folder(Path folder, List<Path> files) throws IOException;
  }

  /** Walks over the folders that are there; what is no folder of ours is not looked at. */
  void walk(Visitor visitor) throws IOException {
    for (int first = 0; first < 256; first++) {
      if (!Files.isDirectory(root.resolve(pair(first)))) {
        continue;
      }
      for (int second = 0; second < 256; second++) {
        Path folder = folder(second << 8 | first);
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
          stream.forEach(files::add);
        } catch (NoSuchFileException e) {
          continue;
        } catch (java.nio.file.DirectoryIteratorException e) {
          throw e.getCause();
        }
        if (!files.isEmpty()) {
          visitor.folder(folder, files);
        }
      }
    }
  }
}
