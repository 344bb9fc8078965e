package org.impetusmta.testkit.peers;

import java.io.IOException;

/** A database server whose user {@link #USER} may read and update its tables. Single. */
public abstract class SqlServer extends Daemon {
  public static final String USER = "reader";
  public static final String PASSWORD = "secret";

  private final String database;

  SqlServer(String name, String user, String database) throws IOException {
    super(name, user);
    this.database = database;
  }

  /** Where it is and who asks, as the URIs of Datasources have it, without the password. */
  public final String keys() {
    return "host=127.0.0.1;port=%d;dbname=%s;user=%s".formatted(port(), database, USER);
  }
}
