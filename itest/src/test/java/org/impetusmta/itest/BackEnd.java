package org.impetusmta.itest;

import java.io.IOException;
import java.util.List;
import org.impetusmta.testkit.peers.Daemon;
import org.impetusmta.testkit.peers.Peer;

/**
 * A source of passwords, and of aliases where it keeps such, that a test starts, freezes and kills.
 * It knows the user {@link #USER} and, where it has aliases, what {@link #LIST} stands for, which
 * are also the groups of the user of that name. Single.
 *
 * @param stanzas what the configuration has of it; the pathway {@code aliased} has its aliases
 * @param uri what the parameters of AUTH name
 * @param challenges whether mechanisms work whose clients do not send the password
 * @param members what the list stands for; none: it keeps no aliases
 * @param hurry the console command by which it is waited for no longer than two seconds; before, a
 *     minute
 * @param complaint what the paniclog has where it does not answer
 * @param process the server itself
 * @param fill puts what it has to know into it, each time that it has been started
 */
record BackEnd(
    String stanzas,
    String uri,
    boolean challenges,
    List<String> members,
    String hurry,
    String complaint,
    Peer process,
    Filling fill)
    implements AutoCloseable {
  static final String USER = "ann";
  static final String PASSWORD = "wonder land";
  static final String LIST = "list@here.example";

  /** Fills it. */
  interface Filling {
    void run() throws Exception;
  }

  /** What does not forget. */
  static final Filling NOTHING = () -> {};

  /** Another MTA of ours. */
  static Peer peer(Server server) {
    return new Peer() {
      @Override
      public void freeze() throws IOException, InterruptedException {
        Daemon.signal("-STOP", server.handle());
      }

      @Override
      public void thaw() throws IOException, InterruptedException {
        Daemon.signal("-CONT", server.handle());
      }

      @Override
      public void kill() throws InterruptedException {
        server.kill();
      }

      @Override
      public void start() throws IOException {
        server.restart();
      }

      @Override
      public void close() throws IOException {
        server.close();
      }
    };
  }

  boolean aliases() {
    return !members.isEmpty();
  }

  /** Starts it again after {@code process.kill()}. */
  void revive() throws Exception {
    process.start();
    fill.run();
  }

  @Override
  public void close() throws IOException {
    process.close();
  }
}
