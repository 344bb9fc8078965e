package org.impetusmta.credentials;

import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The two files: the database, whose lines are {@code HOST USER FACILITY KEYID BASE64} in the order
 * they were first set, names percent-encoded, and the key file, whose lines are keys ({@code
 * CredentialKey}), the one that is in use first. Each file begins with a line that says what it is.
 * A file is replaced in one step, and by one program at a time; while all passwords are encrypted
 * anew the key file has both keys, so that an end of the program in between loses nothing.
 * Concurrent; blocks.
 */
public final class CredentialFiles {
  private static final String DATABASE = "impetus-credentials 1";
  private static final String KEYS = "impetus-credential-keys 1";
  private static final int LARGEST = 16 << 20;

  private static final Set<PosixFilePermission> OF_OTHERS =
      EnumSet.complementOf(
          EnumSet.of(
              PosixFilePermission.OWNER_READ,
              PosixFilePermission.OWNER_WRITE,
              PosixFilePermission.OWNER_EXECUTE));

  private final Path database;
  private final Path keyFile;

  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Sealed(String keyId, byte[] octets) {}

  public CredentialFiles(Path database, Path keyFile) {
    this.database = database.toAbsolutePath();
    this.keyFile = keyFile.toAbsolutePath();
  }

  /**
   * Makes an empty database.
   *
   * @throws IOException where there is a file already
   */
  public void createDatabase() throws IOException {
    locked(
        () -> {
          if (Files.exists(database)) {
            throw new IOException(database + " is there already");
          }
          write(Map.of());
          return true;
        });
  }

  /**
   * Makes a key; passwords that are there are encrypted with it.
   *
   * @return how many that were
   */
  public int createKey(CipherChoice choice) throws IOException {
    return locked(
        () -> {
          List<CredentialKey> old = Files.exists(keyFile) ? keys() : List.of();
          Map<Credential, Sealed> kept = Files.exists(database) ? read() : new LinkedHashMap<>();
          CredentialKey next = CredentialKey.random(choice);
          Map<Credential, Sealed> anew = new LinkedHashMap<>();
          for (Map.Entry<Credential, Sealed> one : kept.entrySet()) {
            byte[] password = open(one.getKey(), one.getValue(), old);
            anew.put(one.getKey(), seal(one.getKey(), password, next));
          }
          List<CredentialKey> both = new ArrayList<>(List.of(next));
          both.addAll(old);
          writeKeys(both);
          if (!anew.isEmpty()) {
            write(anew);
          }
          writeKeys(List.of(next));
          return anew.size();
        });
  }

  /** Sets the password of somebody, known already or not. */
  public void set(Credential credential, String password) throws IOException {
    locked(
        () -> {
          Map<Credential, Sealed> all = read();
          byte[] octets = password.getBytes(StandardCharsets.UTF_8);
          all.put(credential, seal(credential, octets, keys().getFirst()));
          write(all);
          return true;
        });
  }

  /**
   * Forgets passwords.
   *
   * @return how many
   */
  public int delete(Predicate<Credential> which) throws IOException {
    return locked(
        () -> {
          Map<Credential, Sealed> all = read();
          int before = all.size();
          all.keySet().removeIf(which);
          if (all.size() < before) {
            write(all);
          }
          return before - all.size();
        });
  }

  /** Whose passwords there are. */
  public List<Credential> list() throws IOException {
    return List.copyOf(read().keySet());
  }

  /**
   * The password of somebody.
   *
   * @throws IOException where a file cannot be read, or was changed by anybody but this program
   */
  public Optional<String> password(Credential credential) throws IOException {
    Sealed kept = read().get(credential);
    return kept == null
        ? Optional.empty()
        : Optional.of(new String(open(credential, kept, keys()), StandardCharsets.UTF_8));
  }

  /** The cipher that passwords are encrypted with. */
  public CipherChoice cipher() throws IOException {
    return keys().getFirst().choice();
  }

  // the files

  private static byte[] open(Credential credential, Sealed kept, List<CredentialKey> keys)
      throws IOException {
    for (CredentialKey key : keys) {
      if (key.id().equals(kept.keyId)) {
        return key.open(kept.octets, credential.owner());
      }
    }
    throw new IOException("the key file has not the key that passwords were encrypted with");
  }

  private static Sealed seal(Credential credential, byte[] password, CredentialKey key)
      throws IOException {
    return new Sealed(key.id(), key.seal(password, credential.owner()));
  }

  private static List<String> lines(Path file, String first) throws IOException {
    try {
      if (Files.size(file) > LARGEST) {
        throw new IOException(file + " is too large");
      }
      List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
      if (lines.isEmpty() || !lines.getFirst().equals(first)) {
        throw new IOException(file + " is not a file that credmgr wrote");
      }
      return lines.subList(1, lines.size());
    } catch (NoSuchFileException e) {
      throw new IOException("there is no " + file, e);
    }
  }

  private List<CredentialKey> keys() throws IOException {
    Set<PosixFilePermission> open =
        EnumSet.copyOf(Files.getPosixFilePermissions(existing(keyFile)));
    open.retainAll(OF_OTHERS);
    if (!open.isEmpty()) {
      throw new IOException(keyFile + " is open to other users: expected mode 0600");
    }
    List<CredentialKey> keys = new ArrayList<>();
    for (String line : lines(keyFile, KEYS)) {
      keys.add(
          CredentialKey.parse(line)
              .orElseThrow(() -> new IOException(keyFile + " has a line that is no key")));
    }
    if (keys.isEmpty()) {
      throw new IOException(keyFile + " has no key");
    }
    return keys;
  }

  private static Path existing(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new IOException("there is no " + file);
    }
    return file;
  }

  private Map<Credential, Sealed> read() throws IOException {
    Map<Credential, Sealed> all = new LinkedHashMap<>();
    int number = 1;
    for (String line : lines(database, DATABASE)) {
      number++;
      String[] parts = line.split(" ", -1);
      try {
        if (parts.length != 5) {
          throw new IllegalArgumentException("parts");
        }
        all.put(
            new Credential(decoded(parts[0]), decoded(parts[1]), decoded(parts[2])),
            new Sealed(parts[3], Base64.getDecoder().decode(parts[4])));
      } catch (IllegalArgumentException e) {
        throw new IOException(database + ": line " + number + " is no record", e);
      }
    }
    return all;
  }

  private void write(Map<Credential, Sealed> all) throws IOException {
    List<String> lines = new ArrayList<>(List.of(DATABASE));
    all.forEach(
        (credential, kept) ->
            lines.add(
                String.join(
                    " ",
                    encoded(credential.host()),
                    encoded(credential.user()),
                    encoded(credential.facility()),
                    kept.keyId,
                    Base64.getEncoder().encodeToString(kept.octets))));
    OwnFile.replace(database, lines);
  }

  private void writeKeys(List<CredentialKey> keys) throws IOException {
    List<String> lines = new ArrayList<>(List.of(KEYS));
    lines.addAll(keys.stream().map(CredentialKey::line).toList());
    OwnFile.replace(keyFile, lines);
  }

  private static String encoded(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8);
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  /** What is done to the files by one program at a time. */
  private interface Change<T> {
    T run() throws IOException;
  }

  private <T> T locked(Change<T> change) throws IOException {
    Path real = Files.exists(database) ? database.toRealPath() : database;
    Path lock = real.resolveSibling(real.getFileName() + ".lock");
    synchronized (CredentialFiles.class) {
      try (FileChannel channel =
              FileChannel.open(
                  lock,
                  Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                  OwnFile.PRIVATE);
          FileLock held = channel.lock()) {
        return change.run();
      } catch (NoSuchFileException e) {
        throw new IOException("there is no folder " + real.getParent(), e);
      }
    }
  }
}
