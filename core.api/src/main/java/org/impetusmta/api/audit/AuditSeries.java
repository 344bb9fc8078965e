package org.impetusmta.api.audit;

import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The audit series of this server by name; an OSGi service that is always there. A name may have
 * several series that differ in interval or windows. Series live until the server ends; a
 * configuration that is read again changes none. Concurrent. Source: 3-api audit_series.
 */
@ProviderType
public interface AuditSeries {
  /**
   * The series of that name, interval and number of windows, a new one where there is none.
   *
   * @throws IllegalArgumentException where there is one of another type, or there are too many
   */
  Series define(SeriesDefinition definition);

  /** The series of that name that was defined first. */
  Optional<Series> find(String name);

  /** The series of that name with these windows. */
  Optional<Series> find(String name, int interval, int windows);

  /** All, in the order of their names. */
  List<Series> all();

  /**
   * Frees the memory of windows that nobody can ask for any more. Source:
   * time_series_maintain_arrays.
   */
  void maintain();
}
