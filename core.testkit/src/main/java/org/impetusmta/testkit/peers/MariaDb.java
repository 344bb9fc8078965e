package org.impetusmta.testkit.peers;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;

/** MariaDB (Debian: mariadb-server). Single. */
public final class MariaDb extends SqlServer {
  /** The first octet of its greeting, behind the length and number of the packet. */
  private static final int PROTOCOL_VERSION = 10;

  private final Path server;
  private final Path install;
  private final String tables;

  private MariaDb(Path server, Path install, String tables) throws IOException {
    super("mariadb", "mysql", "mail");
    this.server = server;
    this.install = install;
    this.tables = tables;
  }

  /** Starts one with these tables: SQL, a statement a line, which runs at each start. */
  public static MariaDb launch(String tables) throws IOException, InterruptedException {
    return launch(
        new MariaDb(
            installed("mariadbd", "mariadb-server"),
            installed("mariadb-install-db", "mariadb-server"),
            tables));
  }

  private String in(String name) {
    return folder().resolve(name).toString();
  }

  @Override
  protected void prepare() throws IOException, InterruptedException {
    run(
        install.toString(),
        "--no-defaults",
        "--datadir=" + in("data"),
        "--tmpdir=" + folder(),
        "--skip-test-db",
        "--auth-root-authentication-method=normal");
    file(
        "init.sql",
        """
        DROP DATABASE IF EXISTS mail;
        CREATE DATABASE mail;
        CREATE OR REPLACE USER %1$s@'127.0.0.1' IDENTIFIED BY '%2$s';
        GRANT SELECT, UPDATE ON mail.* TO %1$s@'127.0.0.1';
        USE mail;
        """
                .formatted(USER, PASSWORD)
            + tables);
  }

  @Override
  protected List<String> command() {
    return List.of(
        server.toString(),
        "--no-defaults",
        "--datadir=" + in("data"),
        "--tmpdir=" + folder(),
        "--bind-address=127.0.0.1",
        "--port=" + port(),
        "--socket=" + in("s"),
        "--pid-file=" + in("data/pid"),
        "--skip-name-resolve",
        "--innodb-buffer-pool-size=16M",
        "--innodb-flush-log-at-trx-commit=0",
        "--init-file=" + in("init.sql"));
  }

  /** It listens before it has made the tables, but does not greet. */
  @Override
  protected boolean ready() {
    try (Socket socket = connect()) {
      byte[] greeting = socket.getInputStream().readNBytes(5);
      return greeting.length == 5 && greeting[4] == PROTOCOL_VERSION;
    } catch (IOException e) {
      return false;
    }
  }
}
