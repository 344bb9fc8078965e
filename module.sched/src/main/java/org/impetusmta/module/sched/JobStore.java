package org.impetusmta.module.sched;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import org.impetusmta.api.config.ConfigException;

/** Where jobs outlive the server. Blocks; single. */
interface JobStore {
  /**
   * The jobs that are kept.
   *
   * @throws ConfigException where it cannot be used
   */
  List<Job> read() throws ConfigException;

  /** Keeps these jobs and no others. */
  void write(Collection<Job> jobs) throws IOException;
}
