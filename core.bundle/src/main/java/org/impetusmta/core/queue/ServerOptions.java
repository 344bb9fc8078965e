package org.impetusmta.core.queue;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.core.message.ExcludedKeys;

/**
 * The options of all queues together, looked up once for each generation: asked for per message,
 * they cost one comparison. Concurrent.
 */
final class ServerOptions {
  private final Configuration configuration;
  private final Memory memory;
  private final Map<ExclusionOptions, ExcludedKeys> excluded = new ConcurrentHashMap<>();
  private volatile Of known;

  /**
   * @param excludes whether any scope excludes keys of dictionaries
   */
  private record Of(long generation, ServerQueueOptions options, boolean excludes) {}

  /**
   * @param memory told its limits
   */
  ServerOptions(Configuration configuration, Memory memory) {
    this.configuration = configuration;
    this.memory = memory;
    this.known = of(configuration.current(), memory);
  }

  private Of current() {
    Generation current = configuration.current();
    Of now = known;
    if (now.generation() != current.number()) {
      now = of(current, memory);
      known = now;
    }
    return now;
  }

  private static Of of(Generation current, Memory memory) {
    ServerQueueOptions options = current.options(ServerQueueOptions.class, ScopePath.GLOBAL);
    memory.limits(options.memoryGoal(), options.memoryHwm());
    return new Of(current.number(), options, Exclusions.any(current));
  }

  /** The options in force. */
  ServerQueueOptions now() {
    return current().options();
  }

  /** Whether any scope excludes keys of dictionaries from the spool. */
  boolean exclude() {
    return current().excludes();
  }

  /** What is not written to the spool of mail for {@code path}. */
  ExcludedKeys excludedKeys(ScopePath.Sending path) {
    if (!exclude()) {
      return ExcludedKeys.NONE;
    }
    ExclusionOptions found = configuration.current().options(ExclusionOptions.class, path);
    return excluded.computeIfAbsent(found, Exclusions::keys);
  }
}
