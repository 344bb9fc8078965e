package org.impetusmta.core.queue;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.message.MessageThresholds;
import org.impetusmta.core.bounce.BounceRenderingOptions;
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
   * @param shapesHosts whether any host has throttles or a cap
   * @param discards whether any scope throws mail away
   * @param rollups domains whose mail is queued under another
   */
  private record Of(
      long generation,
      ServerQueueOptions options,
      MessageThresholds thresholds,
      BounceRenderingOptions rendering,
      boolean excludes,
      boolean shapesHosts,
      boolean discards,
      Rollups rollups) {}

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
    return new Of(
        current.number(),
        options,
        current.options(MessageThresholds.class, ScopePath.GLOBAL),
        current.options(BounceRenderingOptions.class, ScopePath.GLOBAL),
        Exclusions.any(current),
        Shaping.shapesHosts(current),
        discards(current),
        Rollups.of(current));
  }

  private static boolean discards(Generation current) {
    if (current.options(DiscardOptions.class, ScopePath.GLOBAL).discards()) {
      return true;
    }
    for (Stanza stanza : SendingStanzas.all(current)) {
      if (current.options(DiscardOptions.class, new ScopePath.Within(stanza)).discards()) {
        return true;
      }
    }
    return false;
  }

  /** Whether any host has throttles or a cap of its own. */
  boolean shapesHosts() {
    return current().shapesHosts();
  }

  /** Whether any scope throws mail away. */
  boolean discards() {
    return current().discards();
  }

  /** Domains whose mail is queued under another. */
  Rollups rollups() {
    return current().rollups();
  }

  /** The options in force. */
  ServerQueueOptions now() {
    return current().options();
  }

  /** Whether a message of {@code octets} is large. */
  boolean isLarge(int octets) {
    return current().thresholds().isLarge(octets);
  }

  /** How bounces are made. */
  BounceRenderingOptions rendering() {
    return current().rendering();
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
