package org.impetusmta.testkit.peers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** memcached (Debian: memcached), by TCP alone. Single. */
public final class Memcached extends Daemon {
  private final Path server;

  private Memcached(Path server) throws IOException {
    super("memcached", "memcache");
    this.server = server;
  }

  /** Starts one that is empty. */
  public static Memcached launch() throws IOException, InterruptedException {
    return launch(new Memcached(installed("memcached", "memcached")));
  }

  @Override
  protected List<String> command() {
    return List.of(
        server.toString(), "-l", "127.0.0.1", "-p", Integer.toString(port()), "-U", "0", "-m", "8");
  }
}
