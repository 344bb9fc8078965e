package org.impetusmta.core.net;

import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.scheduler.ThreadPool;
import org.impetusmta.core.config.ImplicitConfiguration;
import org.impetusmta.core.config.ImplicitConfiguration.Pool;

/**
 * The pools by name: those of the manual, and those that a ThreadPool stanza adds. A pool once made
 * stays, its concurrency and stack size follow the configuration; a stanza that goes away leaves
 * the predefined values behind. Concurrent. Source: conf.ref.threadpool.
 */
final class ThreadPools {
  /** The concurrency of a pool that is not predefined and whose stanza does not say it. */
  static final int OWN_CONCURRENCY = 4;

  private static final String CONSOLE = "Console";

  /**
   * The manual's pools, and ours: the backlog of Log bounds the event log, Console lets the
   * operator in however busy IO is, and clients of HTTP that read slowly have HTTP to themselves.
   */
  private static final List<Pool> PREDEFINED =
      Stream.concat(
              ImplicitConfiguration.POOLS.stream(),
              Stream.of(
                  new Pool("Log", 1, 100_000), new Pool(CONSOLE, 50, 0), new Pool("HTTP", 50, 0)))
          .toList();

  private final Map<String, WorkerPool> pools = new ConcurrentHashMap<>();

  ThreadPools(Generation first) {
    follow(first);
  }

  /**
   * Checks what a generation says of pools.
   *
   * @throws ConfigException when a pool is said twice, in different spellings, or the commands of
   *     the console would run on the loop that reads them
   */
  static void check(Generation next) throws ConfigException {
    Map<String, String> names = new HashMap<>();
    for (Stanza stanza : next.stanzas(Scopes.THREADPOOL)) {
      String name = stanza.instance().orElse("");
      String other = names.put(key(name), name);
      if (other != null) {
        throw new ConfigException(
            "%s: found threadpool \"%s\", expected the name \"%s\" that this pool has already"
                .formatted(stanza.position(), name, other));
      }
      if (key(name).equals(key(CONSOLE))
          && options(next, stanza).concurrency().filter(jobs -> jobs == 0).isPresent()) {
        throw new ConfigException(
            stanza.position()
                + ": in threadpool \"Console\": found concurrency 0, expected at least 1: commands"
                + " block, and their caller is an event loop");
      }
    }
  }

  /** The pool of that name, case ignored. */
  Optional<ThreadPool> find(String name) {
    return Optional.ofNullable(pools.get(key(name)));
  }

  /** All of them, in the order of their names. */
  List<WorkerPool> workers() {
    return pools.values().stream().sorted(Comparator.comparing(pool -> key(pool.name()))).toList();
  }

  /** Takes over what a generation says of pools. */
  void follow(Generation now) {
    Map<String, Stanza> stanzas = new LinkedHashMap<>();
    for (Stanza stanza : now.stanzas(Scopes.THREADPOOL)) {
      stanzas.put(key(stanza.instance().orElse("")), stanza);
    }
    for (Pool pool : PREDEFINED) {
      Stanza stanza = stanzas.remove(key(pool.name()));
      follow(pool, Optional.ofNullable(stanza).map(said -> options(now, said)));
    }
    stanzas.forEach(
        (key, stanza) ->
            follow(
                new Pool(stanza.instance().orElse(key), OWN_CONCURRENCY, 0),
                Optional.of(options(now, stanza))));
    for (Map.Entry<String, WorkerPool> pool : pools.entrySet()) {
      boolean own = PREDEFINED.stream().noneMatch(known -> key(known.name()).equals(pool.getKey()));
      if (own && !stanzas.containsKey(pool.getKey())) {
        pool.getValue().follow(OWN_CONCURRENCY, 0);
      }
    }
  }

  private void follow(Pool pool, Optional<PoolOptions> said) {
    int backlog = said.flatMap(PoolOptions::backlog).orElse(pool.backlog());
    pools
        .computeIfAbsent(key(pool.name()), _ -> new WorkerPool(pool.name(), backlog))
        .follow(
            said.flatMap(PoolOptions::concurrency).orElse(pool.concurrency()),
            said.map(PoolOptions::stackSize).orElse(0));
  }

  private static PoolOptions options(Generation generation, Stanza stanza) {
    return generation.options(PoolOptions.class, new ScopePath.Within(stanza));
  }

  private static String key(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
