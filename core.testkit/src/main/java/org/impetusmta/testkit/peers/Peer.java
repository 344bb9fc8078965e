package org.impetusmta.testkit.peers;

import java.io.IOException;

/** A server that a test freezes, kills and starts again, to see what who asks it makes of that. */
public interface Peer extends AutoCloseable {
  /** Stops its clock (SIGSTOP): it answers nothing, but its sockets stay. */
  void freeze() throws IOException, InterruptedException;

  /** Lets it go on (SIGCONT). */
  void thaw() throws IOException, InterruptedException;

  /** Ends it at once (SIGKILL), as a crash does. */
  void kill() throws IOException, InterruptedException;

  /** Starts it again where it was killed, and waits until it is ready. */
  void start() throws IOException;

  @Override
  void close() throws IOException;
}
