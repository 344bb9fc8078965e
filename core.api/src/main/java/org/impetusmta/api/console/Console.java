package org.impetusmta.api.console;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** Where control listeners have commands run; an OSGi service of the core. Concurrent. */
@ProviderType
public interface Console {
  /** Opens a session that the server has with itself: it may do everything. */
  default Session open(String description) {
    return open(description, Operator.SERVER);
  }

  /** Opens the session of an operator. */
  Session open(String description, Operator operator);

  /** One operator's session. Single: one command at a time. */
  @ProviderType
  interface Session extends AutoCloseable {
    /**
     * Runs one line and returns what it printed. Blocks for as long as the command takes: thread
     * pools only.
     */
    Answer execute(String line);

    /** What the line could go on with, whole lines. */
    List<String> complete(String line);

    @Override
    void close();
  }

  /**
   * What a command printed.
   *
   * @param ok false when it was refused or failed
   * @param text lines ended by LF
   */
  record Answer(boolean ok, String text) {}
}
