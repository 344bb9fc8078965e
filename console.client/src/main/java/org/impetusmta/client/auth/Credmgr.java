package org.impetusmta.client.auth;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.credentials.CipherChoice;
import org.impetusmta.credentials.Credential;
import org.impetusmta.credentials.CredentialFiles;
import org.jspecify.annotations.Nullable;

/**
 * The program {@code credmgr}: passwords of services, encrypted, for the module securecreds. Exit
 * codes: 0 done, 1 it could not be done or there is no such password, 2 wrong usage. Single.
 * Source: executable.credmgr.
 */
public final class Credmgr {
  private static final String USAGE =
      """
      usage: credmgr ACTION OPTIONS
        create_db   makes an empty database
        create_key  makes a key; passwords that are there are encrypted with it
        set_cred    sets the password of a user (-u) of a facility (-f) at a host (-h)
        get_cred    lists whose passwords there are; the password itself where -h, -u and -f are
                    given
        del_cred    forgets the passwords that -h, -u and -f name
        -d FILE     the database (etc/credentials.db)
        -k FILE     the key file (etc/credentials.key)
        -h HOST, --hostname=HOST      of set_cred: localhost
        -u USER, --username=USER
        -f NAME, --facility=NAME      pgsql, mysql, odbc, ldap, proxy, eccfg, ecconfigd
        -p PASSWORD, --password=PASSWORD
                    the password; without it it is asked for. On the command line other users
                    of the machine can see it while the program runs
        -P          list passwords too
        --cipher=NAME                 aes, des_ede3 or bf, or with its mode as aes-256-cbc (aes)
        --key_size=OCTETS             of aes 16, 24 or 32 (32)
        --block_mode=NAME             gcm (aes only), cbc, ctr, cfb, ofb or ecb (gcm; others cbc)
      """;

  private static final Set<String> ACTIONS =
      Set.of("create_db", "create_key", "set_cred", "get_cred", "del_cred");

  private static final Map<String, String> SHORT =
      Map.of("-h", "hostname", "-u", "username", "-f", "facility", "-p", "password");
  private static final Set<String> LONG =
      Set.of("hostname", "username", "facility", "password", "cipher", "key_size", "block_mode");

  private final BufferedReader in;
  private final PrintStream out;
  private final PrintStream err;
  private final Path etc;
  private final @Nullable Console terminal;
  private final Map<String, String> said = new HashMap<>();
  private String action = "";
  private boolean help;

  /** Wrong usage. */
  private static final class Usage extends Exception {
    private static final long serialVersionUID = 1;

    Usage(String message) {
      super(message);
    }
  }

  /**
   * @param terminal where passwords are typed unseen; null: they are read from {@code in}
   */
  Credmgr(
      InputStream in,
      PrintStream out,
      PrintStream err,
      Map<String, String> environment,
      @Nullable Console terminal) {
    this.in = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    this.out = out;
    this.err = err;
    this.etc = Path.of(environment.getOrDefault("IMPETUS_HOME", "."), "etc");
    this.terminal = terminal;
  }

  /** Runs the program and ends the process. */
  @SuppressWarnings("SystemConsoleNull") // in 25 it is null again where there is no terminal
  public static void main(String[] arguments) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    Console console = System.console();
    boolean typed = console != null && console.isTerminal();
    System.exit(
        new Credmgr(System.in, out, err, System.getenv(), typed ? console : null).run(arguments));
  }

  int run(String... arguments) {
    try {
      parse(arguments);
      if (help) {
        out.print(USAGE);
        return 0;
      }
      CredentialFiles files =
          new CredentialFiles(path("-d", "credentials.db"), path("-k", "credentials.key"));
      return act(files);
    } catch (Usage e) {
      err.println("credmgr: " + e.getMessage());
      err.print(USAGE);
      return 2;
    } catch (IllegalArgumentException e) {
      err.println("credmgr: " + e.getMessage());
      return 2;
    } catch (IOException e) {
      err.println("credmgr: " + e.getMessage());
      return 1;
    }
  }

  private void parse(String... arguments) throws Usage {
    for (int i = 0; i < arguments.length; i++) {
      String argument = arguments[i];
      String option = SHORT.getOrDefault(argument, argument);
      if (argument.equals("--help")) {
        help = true;
      } else if (argument.equals("-P")) {
        said.put("-P", "");
      } else if (SHORT.containsKey(argument) || argument.equals("-d") || argument.equals("-k")) {
        if (++i == arguments.length) {
          throw new Usage(argument + ": a value is missing");
        }
        said.put(option, arguments[i]);
      } else if (argument.startsWith("--")) {
        int equals = argument.indexOf('=');
        String name = argument.substring(2, equals < 0 ? argument.length() : equals);
        if (!LONG.contains(name)) {
          throw new Usage("unknown option --" + name);
        }
        if (equals < 0 && ++i == arguments.length) {
          throw new Usage(argument + ": a value is missing");
        }
        said.put(name, equals < 0 ? arguments[i] : argument.substring(equals + 1));
      } else if (argument.startsWith("-")) {
        throw new Usage("unknown option " + argument);
      } else if (action.isEmpty()) {
        action = argument.toLowerCase(Locale.ROOT).replace('-', '_');
      } else {
        throw new Usage("one action at a time");
      }
    }
    if (!help && !ACTIONS.contains(action)) {
      throw new Usage(action.isEmpty() ? "an action is missing" : "unknown action " + action);
    }
  }

  private Path path(String option, String usual) throws Usage {
    try {
      return said.containsKey(option) ? Path.of(said.getOrDefault(option, "")) : etc.resolve(usual);
    } catch (InvalidPathException e) {
      throw new Usage(option + ": no name of a file");
    }
  }

  private Optional<String> option(String name) {
    return Optional.ofNullable(said.get(name));
  }

  private int act(CredentialFiles files) throws IOException, Usage {
    CipherChoice choice = CipherChoice.of(option("cipher"), keySize(), option("block_mode"));
    switch (action) {
      case "create_db" -> files.createDatabase();
      case "create_key" -> {
        if (choice.blockMode().equals("ecb")) {
          err.println("credmgr: ecb shows which passwords begin alike");
        }
        int anew = files.createKey(choice);
        if (anew > 0) {
          out.println(anew + " passwords are encrypted with the new key");
        }
      }
      case "set_cred" -> {
        agreesWith(files, choice);
        files.set(whole(), option("password").isPresent() ? given() : typed());
      }
      case "get_cred" -> {
        agreesWith(files, choice);
        return get(files);
      }
      default -> {
        if (option("hostname")
            .or(() -> option("username"))
            .or(() -> option("facility"))
            .isEmpty()) {
          throw new Usage("del_cred: -h, -u or -f is needed");
        }
        return files.delete(this::matches) > 0 ? 0 : 1;
      }
    }
    return 0;
  }

  private Optional<Integer> keySize() throws Usage {
    Optional<String> written = option("key_size");
    if (written.isPresent() && !written.get().matches("\\d{1,3}")) {
      throw new Usage("--key_size: expected a number of octets");
    }
    return written.map(Integer::valueOf);
  }

  /** Which cipher is used, the key says; another is not what was asked for. */
  private void agreesWith(CredentialFiles files, CipherChoice choice) throws IOException, Usage {
    boolean asked =
        option("cipher").or(() -> option("key_size")).or(() -> option("block_mode")).isPresent();
    if (asked && !files.cipher().equals(choice)) {
      throw new Usage("the key is one of another cipher; create_key makes a new one");
    }
  }

  private Credential whole() throws Usage {
    if (option("username").isEmpty() || option("facility").isEmpty()) {
      throw new Usage("set_cred: -u and -f are needed");
    }
    return new Credential(
        option("hostname").orElse("localhost"), option("username").get(), option("facility").get());
  }

  private boolean matches(Credential credential) {
    return option("hostname").orElse(credential.host()).equals(credential.host())
        && option("username").orElse(credential.user()).equals(credential.user())
        && option("facility").orElse(credential.facility()).equals(credential.facility());
  }

  private int get(CredentialFiles files) throws IOException {
    if (option("hostname").isPresent()
        && option("username").isPresent()
        && option("facility").isPresent()) {
      Optional<String> password =
          files.password(
              new Credential(
                  option("hostname").get(), option("username").get(), option("facility").get()));
      password.ifPresent(out::println);
      return password.isPresent() ? 0 : 1;
    }
    List<Credential> found = files.list().stream().filter(this::matches).toList();
    for (Credential one : found) {
      String line = one.host() + '\t' + one.user() + '\t' + one.facility();
      out.println(said.containsKey("-P") ? line + '\t' + files.password(one).orElse("") : line);
    }
    boolean filtered =
        option("hostname").or(() -> option("username")).or(() -> option("facility")).isPresent();
    return found.isEmpty() && filtered ? 1 : 0;
  }

  private String given() throws Usage {
    String password = option("password").orElse("");
    if (password.isEmpty()) {
      throw new Usage("no password");
    }
    return password;
  }

  private String typed() throws IOException, Usage {
    String first = secret("Password: ");
    if (first.isEmpty() || (terminal != null && !secret("Again: ").equals(first))) {
      throw new Usage("no password, or not the same twice");
    }
    return first;
  }

  private String secret(String prompt) throws IOException {
    if (terminal != null) {
      char[] typed = terminal.readPassword(prompt);
      return typed == null ? "" : new String(typed);
    }
    String line = in.readLine();
    return line == null ? "" : line;
  }
}
