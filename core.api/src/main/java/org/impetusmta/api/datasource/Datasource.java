package org.impetusmta.api.datasource;

import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ProviderType;

/**
 * One {@code Datasource} stanza: URIs that are asked in turn, those that are dead left out, and a
 * cache of answers before them. Concurrent.
 */
@ProviderType
public interface Datasource {
  /** As in the configuration. */
  String name();

  /** What the cache has; never blocks, for event loops too. */
  Optional<Rows> cached(Query query);

  /**
   * From the cache or the source. Blocks; not for event loops. Callers that ask the same at the
   * same time wait for one answer.
   *
   * @throws DatasourceException where no source answers, or it refuses the query
   */
  Rows query(Query query) throws DatasourceException;

  /**
   * The same without blocking: it runs in the thread pool of the stanza. Completes on that pool's
   * thread, or at once from the cache; ends with a {@link DatasourceException} where it fails.
   */
  CompletionStage<Rows> ask(Query query);

  /**
   * Runs a statement that changes something, past the cache. Blocks.
   *
   * @return how many rows it changed; -1 where the source does not tell
   */
  long execute(Query statement) throws DatasourceException;

  /**
   * Forgets what the cache has.
   *
   * @return how many entries that were
   */
  long flush();
}
