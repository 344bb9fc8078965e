package org.impetusmta.client.auth;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The program {@code ec_md5passwd}: makes the line of a digest file for a user and password, {@code
 * user:realm:MD5 of user:realm:password}, and puts it into the file. The file is replaced in one
 * step, so that a server which reads it meanwhile sees the old one or the new one. Exit codes: 0
 * done, 1 the file could not be written, 2 wrong usage. Single. Source: executable.ec_md5passwd.
 */
public final class EcMd5Passwd {
  private static final String USAGE =
      """
      usage: ec_md5passwd [-h] [-f FILE] [-r REALM] [USERNAME] [PASSWORD]
        -f FILE   the file to update; without it the line is printed
        -r REALM  the realm (EC_DIGEST_REALM of the environment, or "Momentum Console")
        A name or password that is not given is asked for. A password on the command line can
        be seen by other users of the machine while the program runs.
      """;

  private static final String REALM = "Momentum Console";

  private final BufferedReader in;
  private final PrintStream out;
  private final PrintStream err;
  private final @Nullable Console terminal;
  private String realm;
  private @Nullable String file;
  private final List<String> words = new ArrayList<>();

  /**
   * @param terminal where passwords are typed unseen; null: they are read from {@code in}
   */
  EcMd5Passwd(
      InputStream in,
      PrintStream out,
      PrintStream err,
      Map<String, String> environment,
      @Nullable Console terminal) {
    this.in = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    this.out = out;
    this.err = err;
    this.terminal = terminal;
    this.realm = environment.getOrDefault("EC_DIGEST_REALM", REALM);
  }

  /** Runs the program and ends the process. */
  @SuppressWarnings("SystemConsoleNull") // in 25 it is null again where there is no terminal
  public static void main(String[] arguments) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    Console console = System.console();
    boolean typed = console != null && console.isTerminal();
    System.exit(
        new EcMd5Passwd(System.in, out, err, System.getenv(), typed ? console : null)
            .run(arguments));
  }

  int run(String... arguments) {
    try {
      if (!parse(arguments)) {
        err.print(USAGE);
        return 2;
      }
      if (words.contains("-h")) {
        out.print(USAGE);
        return 0;
      }
      return make();
    } catch (IOException e) {
      err.println("ec_md5passwd: " + e.getMessage());
      return 1;
    }
  }

  private boolean parse(String... arguments) {
    for (int i = 0; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "-h" -> words.add("-h");
        case "-f", "-r" -> {
          if (i + 1 == arguments.length) {
            return false;
          }
          if (arguments[i].equals("-f")) {
            file = arguments[++i];
          } else {
            realm = arguments[++i];
          }
        }
        default -> {
          if (arguments[i].startsWith("-") && arguments[i].length() > 1) {
            return false;
          }
          words.add(arguments[i]);
        }
      }
    }
    return words.size() <= 2;
  }

  private int make() throws IOException {
    String user = words.isEmpty() ? ask("Username: ") : words.getFirst();
    if (user.isEmpty() || hasBad(user, ":") || hasBad(realm, ":\"\\")) {
      err.println("ec_md5passwd: a name has no colon, a realm no colon, quote or backslash");
      return 2;
    }
    String password = words.size() > 1 ? words.get(1) : twice(user);
    if (password.isEmpty()) {
      err.println("ec_md5passwd: no password, or not the same twice");
      return 2;
    }
    String line = user + ":" + realm + ":" + hash(user, realm, password);
    if (file == null) {
      out.println("Password updated.");
      out.println("Place or replace this line in your password file:");
      out.println(line);
    } else {
      write(Path.of(file), user + ":" + realm + ":", line);
      out.println("Password updated.");
    }
    return 0;
  }

  private static boolean hasBad(String text, String bad) {
    return text.chars().anyMatch(c -> Character.isISOControl(c) || bad.indexOf(c) >= 0);
  }

  private String twice(String user) throws IOException {
    out.println("Please enter password for " + user);
    String first = secret();
    out.println("Please enter the password again");
    String second = secret();
    return first.equals(second) ? first : "";
  }

  private String secret() throws IOException {
    if (terminal == null) {
      return ask("Password: ");
    }
    char[] typed = terminal.readPassword("Password: ");
    return typed == null ? "" : new String(typed);
  }

  private String ask(String prompt) throws IOException {
    out.print(prompt);
    out.flush();
    String line = in.readLine();
    return line == null ? "" : line;
  }

  /** In ISO 8859-1 where that has all of a part, else in UTF-8 (RFC 2831 section 2.1.2.1). */
  static String hash(String user, String realm, String password) {
    try {
      MessageDigest md5 = MessageDigest.getInstance("MD5");
      md5.update(octets(user));
      md5.update((byte) ':');
      md5.update(octets(realm));
      md5.update((byte) ':');
      return HexFormat.of().formatHex(md5.digest(octets(password)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Java has no MD5", e);
    }
  }

  private static byte[] octets(String text) {
    boolean latin = text.chars().allMatch(c -> c <= 0xFF);
    return text.getBytes(latin ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
  }

  /** Puts the line in the place of the one that begins like it, or behind the others. */
  private static void write(Path given, String beginning, String line) throws IOException {
    Path target = Files.exists(given) ? given.toRealPath() : given.toAbsolutePath();
    Path folder = target.getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new IOException("there is no folder " + folder);
    }
    List<String> lines = new ArrayList<>();
    boolean replaced = false;
    if (Files.exists(target)) {
      for (String old : Files.readAllLines(target, StandardCharsets.UTF_8)) {
        boolean same = old.startsWith(beginning);
        if (!same || !replaced) {
          lines.add(same ? line : old);
        }
        replaced |= same;
      }
    }
    if (!replaced) {
      lines.add(line);
    }
    Path next =
        Files.createTempFile(
            folder,
            ".ec_md5passwd",
            "",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      Files.write(next, lines, StandardCharsets.UTF_8);
      if (Files.exists(target)) {
        keepOwner(target, next);
      }
      Files.move(next, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(next);
    }
  }

  /** The server reads the file as the user that it runs as. */
  private static void keepOwner(Path from, Path to) throws IOException {
    PosixFileAttributes had = Files.readAttributes(from, PosixFileAttributes.class);
    PosixFileAttributeView view =
        Files.getFileAttributeView(to, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    view.setPermissions(had.permissions());
    PosixFileAttributes has = view.readAttributes();
    if (!has.owner().equals(had.owner())) {
      view.setOwner(had.owner());
    }
    if (!has.group().equals(had.group())) {
      view.setGroup(had.group());
    }
  }
}
