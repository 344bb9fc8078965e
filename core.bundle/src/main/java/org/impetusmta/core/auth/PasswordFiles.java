package org.impetusmta.core.auth;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.auth.AuthAnswer;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthQuery;
import org.impetusmta.api.auth.AuthScheme;
import org.impetusmta.api.auth.StoredPassword;

/**
 * The schemes that are built in. Lines that begin with {@code #} are comments, others are
 *
 * <pre>
 * file:///PATH     user:password
 * digest:///PATH   user:realm:MD5 of user:realm:password in hexadecimal, as htdigest writes it
 * scram:///PATH    user:SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY (RFC 5803)
 * groups:///PATH   group:user,user or group:unused:user,user, or with blanks for commas
 * </pre>
 *
 * A file is read again when it has changed: no reload is needed for a new user. Blocks; concurrent.
 * Source: inbound_smtp, control_auth, control_authz.
 */
final class PasswordFiles implements AuthScheme {
  private static final Set<String> SCHEMES = Set.of("file", "digest", "scram", "groups");
  private static final long LARGEST = 64 << 20;
  private static final int MOST_FILES = 32;

  /**
   * For users that are not there: checking takes as long as for those that are. Made when first
   * needed.
   */
  private static final class Nobody {
    static final StoredPassword.Scram KEYS =
        ScramKeys.of("SHA-256", "nobody", new byte[16], ScramKeys.ITERATIONS);
  }

  /** Guarded by this. */
  private final LinkedHashMap<Path, Content> contents = new LinkedHashMap<>(16, 0.75f, true);

  /** The rest of the lines behind the first colon, by what stands before, in the file's order. */
  private record Content(
      FileTime modified, long size, Optional<Object> key, Map<String, List<String>> lines) {}

  @Override
  public Set<String> schemes() {
    return SCHEMES;
  }

  @Override
  public boolean tellsPasswords(String scheme) {
    return !scheme.equals("groups");
  }

  @Override
  public AuthAnswer authenticate(AuthQuery query, String secret) throws AuthException {
    List<StoredPassword> stored = passwords(query);
    boolean right = false;
    for (StoredPassword one : stored) {
      right |= fits(query, one, secret);
    }
    if (stored.isEmpty() && scheme(query).equals("scram")) {
      ScramKeys.fits(Nobody.KEYS, secret);
    }
    return right ? AuthAnswer.PASS : AuthAnswer.FAIL;
  }

  private static boolean fits(AuthQuery query, StoredPassword stored, String secret) {
    return switch (stored) {
      case StoredPassword.Clear clear -> Hashes.same(clear.password(), secret);
      case StoredPassword.Digest digest ->
          Hashes.same(
              digest.hash(), Hashes.userRealmPassword(query.user(), digest.realm(), secret));
      case StoredPassword.Scram keys -> ScramKeys.fits(keys, secret);
    };
  }

  @Override
  public List<StoredPassword> passwords(AuthQuery query) throws AuthException {
    String scheme = scheme(query);
    return lines(query).stream()
        .map(line -> stored(scheme, query.realm(), line))
        .flatMap(Optional::stream)
        .toList();
  }

  private static Optional<StoredPassword> stored(String scheme, String realm, String line) {
    return switch (scheme) {
      case "file" ->
          line.isEmpty() ? Optional.empty() : Optional.of(new StoredPassword.Clear(line));
      case "digest" -> {
        int colon = line.lastIndexOf(':');
        boolean here = colon >= 0 && line.substring(0, colon).equals(realm);
        yield here
            ? Optional.of(new StoredPassword.Digest(realm, line.substring(colon + 1).strip()))
            : Optional.empty();
      }
      case "scram" -> ScramKeys.parse(line.strip()).map(keys -> keys);
      default -> Optional.empty();
    };
  }

  @Override
  public List<String> groups(AuthQuery query) throws AuthException {
    if (!scheme(query).equals("groups")) {
      throw new AuthException(scheme(query) + ":// knows no groups");
    }
    List<String> groups = new ArrayList<>();
    file(query)
        .forEach(
            (group, lines) -> {
              if (lines.stream().anyMatch(line -> has(line, query.user()))) {
                groups.add(group);
              }
            });
    return groups;
  }

  private static boolean has(String line, String user) {
    return !user.isEmpty()
        && List.of(line.substring(line.lastIndexOf(':') + 1).split("[,\\s]+", -1)).contains(user);
  }

  private static String scheme(AuthQuery query) {
    return query.parameters().uri().orElseThrow().scheme();
  }

  private List<String> lines(AuthQuery query) throws AuthException {
    return file(query).getOrDefault(query.user(), List.of());
  }

  private Map<String, List<String>> file(AuthQuery query) throws AuthException {
    String rest = query.parameters().uri().orElseThrow().rest();
    try {
      return content(Path.of(rest)).lines;
    } catch (IOException | InvalidPathException e) {
      throw new AuthException("cannot read " + rest + ": " + e, e);
    }
  }

  private Content content(Path file) throws IOException {
    BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
    if (!now.isRegularFile() || now.size() > LARGEST) {
      throw new IOException("no regular file of at most " + (LARGEST >> 20) + " MiB");
    }
    Optional<Object> key = Optional.ofNullable(now.fileKey());
    synchronized (this) {
      Content known = contents.get(file);
      if (known != null
          && known.modified.equals(now.lastModifiedTime())
          && known.size == now.size()
          && known.key.equals(key)) {
        return known;
      }
    }
    Map<String, List<String>> lines = new LinkedHashMap<>();
    String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    text.lines()
        .filter(line -> !line.startsWith("#") && line.indexOf(':') > 0)
        .forEach(
            line -> {
              int colon = line.indexOf(':');
              lines
                  .computeIfAbsent(line.substring(0, colon), _ -> new ArrayList<>(1))
                  .add(line.substring(colon + 1));
            });
    Content read = new Content(now.lastModifiedTime(), now.size(), key, lines);
    synchronized (this) {
      contents.put(file, read);
      if (contents.size() > MOST_FILES) {
        contents.remove(contents.firstEntry().getKey());
      }
    }
    return read;
  }
}
