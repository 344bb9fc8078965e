package org.impetusmta.core.config;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.impetusmta.api.config.ConfigException;

/**
 * The program {@code ec_migrate_conf OLD > NEW}: prints a configuration file of the 2.x form, or of
 * both mixed, in the modern form. Needs no running server and no framework. Notes go to the error
 * output. Exit codes: 0 printed, 1 refused and nothing printed, 2 wrong usage. Source:
 * executable.ec_migrate_conf.
 */
public final class EcMigrateConf {
  private EcMigrateConf() {}

  /**
   * @param args the file, and a file to write to; without any, standard input is read
   */
  public static void main(String[] args) {
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    int status = run(args, out, System.err);
    out.flush();
    System.exit(out.checkError() ? 1 : status);
  }

  static int run(String[] args, PrintStream out, PrintStream err) {
    if (args.length > 2 || (args.length > 0 && args[0].startsWith("-"))) {
      err.println(
          """
          usage: ec_migrate_conf OLD > NEW
                 ec_migrate_conf OLD NEW
                 ec_migrate_conf < OLD > NEW
          Prints the configuration file OLD, which may be of the 2.x form, in the modern form.
          Included files stay included; each of them is migrated by itself.\
          """);
      return 2;
    }
    try {
      String name = args.length == 0 ? "standard input" : args[0];
      byte[] octets =
          args.length == 0
              ? System.in.readAllBytes()
              : new ConfigFiles(java.util.List.of()).read(Path.of(name));
      Migration migration = Migration.of(name, ConfigFiles.decode(name, octets));
      if (args.length == 2) {
        write(Path.of(args[0]), Path.of(args[1]), migration.text());
      } else {
        out.print(migration.text());
      }
      migration.notes().forEach(err::println);
      return 0;
    } catch (ConfigException e) {
      err.println("ec_migrate_conf: " + e.getMessage());
    } catch (IOException e) {
      err.println(
          "ec_migrate_conf: "
              + (args.length == 2 ? "cannot write " + args[1] : "cannot read")
              + ": "
              + ConfigFiles.reason(e));
    }
    return 1;
  }

  /** All of it or nothing: under its name when it is complete, for the same readers. */
  private static void write(Path old, Path file, String text) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    Path whole =
        Files.createTempFile(folder == null ? Path.of(".") : folder, ".ec_migrate_conf", ".conf");
    try {
      Files.writeString(whole, text);
      Files.setPosixFilePermissions(whole, Files.getPosixFilePermissions(old));
      Files.move(
          whole,
          file,
          java.nio.file.StandardCopyOption.ATOMIC_MOVE,
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(whole);
    }
  }
}
