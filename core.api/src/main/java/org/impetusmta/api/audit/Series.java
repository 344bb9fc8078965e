package org.impetusmta.api.audit;

import java.util.List;
import java.util.function.Consumer;
import org.impetusmta.api.config.Cidr;
import org.osgi.annotation.versioning.ProviderType;

/**
 * One audit series: counts by key in windows of time, of which number 0 is the current one and 1
 * the one before it. Windows begin at whole multiples of the interval since 1970. Counts are exact;
 * adding takes no lock and never blocks. Concurrent.
 *
 * <p>Keys are given as text or, where they are addresses, as blocks; of the wrong type for the
 * series they are refused with an IllegalArgumentException. What is added for a block counts for it
 * and the blocks around it. Source: lua.ref.msys.audit_series, 3-api audit_series.
 */
@ProviderType
public interface Series {
  /** What it is. */
  SeriesDefinition definition();

  /** Adds to the current window, and tells the {@link AuditWatch}es. */
  void add(Cidr key, long delta);

  /** Adds to the current window, and tells the {@link AuditWatch}es. */
  void add(String key, long delta);

  /**
   * Adds what another node had, or this one before it began anew; nobody is told.
   *
   * @param epochSeconds when that was; left out where that window is kept no more
   */
  void merge(String key, long delta, long epochSeconds);

  /**
   * What was counted for an address or all of a block.
   *
   * @param first the first window
   * @param last the last window, inclusive; not before {@code first}
   * @throws IllegalArgumentException for windows that there are not
   */
  long count(Cidr key, int first, int last);

  /** What was counted for a text, an address or a block. */
  long count(String key, int first, int last);

  /** What was counted in all, keys without room of their own among them. */
  long total(int first, int last);

  /**
   * What the current window will have come to, were it over: its count and, for the time that it
   * has yet to go, that of the window before. Source: time_series_get_current_alpha.
   */
  double estimate(Cidr key);

  /** Forgets a key in all windows. */
  void removeItem(String key);

  /** Visits the keys with a count other than 0, in no order; those that are summed over windows. */
  void forEach(int first, int last, Consumer<SeriesItem> visitor);

  /** The keys with a count other than 0, for series that are small. */
  List<SeriesItem> items(int first, int last);

  /** Begins to gather beside the windows what is added from now on; for journals. */
  Gathering gather();

  /** What was added since it was looked at last. One thread. */
  @ProviderType
  interface Gathering extends AutoCloseable {
    /** Visits what was gathered and begins anew. Nothing is visited twice, nothing left out. */
    void take(Consumer<SeriesItem> visitor);

    /** Ends it. */
    @Override
    void close();
  }
}
