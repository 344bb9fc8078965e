package org.impetusmta.testkit.peers;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** PostgreSQL (Debian: postgresql), which asks for passwords. Single. */
public final class Postgresql extends SqlServer {
  private static final String DATABASE = "postgres";

  private final Path programs;
  private final String tables;

  private Postgresql(Path programs, String tables) throws IOException {
    super("postgresql", "postgres", DATABASE);
    this.programs = programs;
    this.tables = tables;
  }

  /** Starts one with these tables: SQL, a statement a line. */
  public static Postgresql launch(String tables) throws IOException, InterruptedException {
    return launch(new Postgresql(programs(), tables));
  }

  private static Path programs() throws IOException {
    Path all = Path.of("/usr/lib/postgresql");
    assumeTrue(Files.isDirectory(all), "needs the Debian package postgresql");
    try (Stream<Path> versions = Files.list(all)) {
      return versions
          .map(version -> version.resolve("bin"))
          .filter(bin -> Files.exists(bin.resolve("initdb")))
          .findFirst()
          .orElseThrow();
    }
  }

  private String bin(String name) {
    return programs.resolve(name).toString();
  }

  private String data() {
    return folder().resolve("data").toString();
  }

  @Override
  protected void prepare() throws IOException, InterruptedException {
    run(
        bin("initdb"),
        "-D",
        data(),
        "-U",
        "owner",
        "--auth-local=trust",
        "--auth-host=scram-sha-256",
        "-N",
        "-E",
        "UTF8",
        "--locale=C");
    String said =
        run(
            """
            CREATE ROLE %1$s LOGIN PASSWORD '%2$s';
            ALTER DEFAULT PRIVILEGES GRANT SELECT, UPDATE ON TABLES TO %1$s;
            """
                    .formatted(USER, PASSWORD)
                + tables,
            List.of(bin("postgres"), "--single", "-D", data(), DATABASE));
    if (said.contains("ERROR: ")) {
      throw new AssertionError(said);
    }
  }

  @Override
  protected List<String> command() {
    return List.of(
        bin("postgres"),
        "-D",
        data(),
        "-h",
        "127.0.0.1",
        "-p",
        Integer.toString(port()),
        "-k",
        "",
        "-c",
        "fsync=off");
  }

  /** It listens before it has recovered from a crash. */
  @Override
  protected boolean ready() throws IOException, InterruptedException {
    return new ProcessBuilder(
                bin("pg_isready"), "-q", "-h", "127.0.0.1", "-p", Integer.toString(port()))
            .start()
            .waitFor()
        == 0;
  }
}
