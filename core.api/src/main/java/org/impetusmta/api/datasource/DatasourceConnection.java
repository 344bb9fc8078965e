package org.impetusmta.api.datasource;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/** An open connection; one thread at a time. All methods block. */
@ConsumerType
public interface DatasourceConnection extends AutoCloseable {
  /**
   * Asks.
   *
   * @param maxRows how many rows at most; -1: all
   */
  Rows query(Query query, int maxRows) throws DatasourceException;

  /** How many queries of the text of {@code one} may be given to {@link #queryAll}. */
  default int mostAtOnce(Query one) {
    return 1;
  }

  /**
   * Asks several queries at once; the answers are in the same order.
   *
   * @param queries at least one, all of the same text, {@link #mostAtOnce} at most
   * @param maxRows how many rows of each at most; -1: all
   * @throws DatasourceException where one of them fails; none has taken effect then
   */
  default List<Rows> queryAll(List<Query> queries, int maxRows) throws DatasourceException {
    if (queries.size() != 1) {
      throw new DatasourceException("the source is asked one query at a time");
    }
    return List.of(query(queries.getFirst(), maxRows));
  }

  /** Runs a statement that changes something; how many rows it changed, -1 if that is not told. */
  default long execute(Query statement) throws DatasourceException {
    throw new DatasourceException("the source can be read only");
  }

  /** Whether the other side still answers; asked before a connection that was idle is used. */
  default boolean alive() {
    return true;
  }

  @Override
  void close();
}
