package org.impetusmta.module.sched;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.datasource.Datasource;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.Rows;

/**
 * The table {@code sched_jobs} of a datasource, which is made where there is none: the id of a job
 * and its {@link Job#line}. A change writes what changed. Blocks; single.
 */
final class JobTable implements JobStore {
  private static final Query CREATE =
      Query.of(
          "CREATE TABLE IF NOT EXISTS sched_jobs (id VARCHAR(255) PRIMARY KEY, job TEXT NOT NULL)");

  private final Datasource datasource;
  private final Map<String, String> kept = new TreeMap<>();

  JobTable(Datasource datasource) {
    this.datasource = datasource;
  }

  @Override
  public List<Job> read() throws ConfigException {
    try {
      datasource.execute(CREATE);
      datasource.flush(); // what another sched read before is old
      Rows count = datasource.query(Query.of("SELECT count(*) FROM sched_jobs"));
      Rows rows = datasource.query(Query.of("SELECT job FROM sched_jobs ORDER BY id"));
      if (!count.first().orElse("").equals(Integer.toString(rows.size()))) {
        throw new ConfigException(
            "sched: the datasource %s gives %d of %s jobs: expected max_rows = -1"
                .formatted(datasource.name(), rows.size(), count.first().orElse("?")));
      }
      List<Job> jobs = new ArrayList<>();
      for (String line : rows.isEmpty() ? List.<String>of() : rows.column(0)) {
        Job job = Job.parse(line);
        jobs.add(job);
        kept.put(job.id(), line);
      }
      return jobs;
    } catch (DatasourceException | IllegalArgumentException e) {
      throw new ConfigException(
          "sched: the datasource %s: %s".formatted(datasource.name(), e.getMessage()), e);
    }
  }

  @Override
  public void write(Collection<Job> jobs) throws IOException {
    Map<String, String> now = new TreeMap<>();
    jobs.forEach(job -> now.put(job.id(), job.line()));
    try {
      for (Map.Entry<String, String> job : now.entrySet()) {
        String before = kept.get(job.getKey());
        if (before == null) {
          datasource.execute(
              Query.of(
                  "INSERT INTO sched_jobs (id, job) VALUES (?, ?)", job.getKey(), job.getValue()));
        } else if (!before.equals(job.getValue())) {
          datasource.execute(
              Query.of("UPDATE sched_jobs SET job = ? WHERE id = ?", job.getValue(), job.getKey()));
        }
        kept.put(job.getKey(), job.getValue());
      }
      for (String id : List.copyOf(kept.keySet())) {
        if (!now.containsKey(id)) {
          datasource.execute(Query.of("DELETE FROM sched_jobs WHERE id = ?", id));
          kept.remove(id);
        }
      }
    } catch (DatasourceException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
