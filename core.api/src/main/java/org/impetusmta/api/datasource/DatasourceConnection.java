package org.impetusmta.api.datasource;

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
