package org.impetusmta.testkit.peers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Redis (Debian: redis-server), which asks for a password and saves nothing. Single. */
public final class RedisServer extends Daemon {
  public static final String PASSWORD = "secret";

  private final Path server;

  private RedisServer(Path server) throws IOException {
    super("redis", "redis");
    this.server = server;
  }

  /** Starts one that is empty. */
  public static RedisServer launch() throws IOException, InterruptedException {
    return launch(new RedisServer(installed("redis-server", "redis-server")));
  }

  @Override
  protected List<String> command() {
    return List.of(
        server.toString(),
        "--bind",
        "127.0.0.1",
        "--port",
        Integer.toString(port()),
        "--save",
        "",
        "--dir",
        folder().toString(),
        "--requirepass",
        PASSWORD);
  }
}
