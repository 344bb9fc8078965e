package org.impetusmta.core.queue;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The delivery methods that are loaded, by name; case is ignored. Concurrent. */
final class DeliveryMethods {
  private static final Logger LOG = LoggerFactory.getLogger(DeliveryMethods.class);

  private final Map<String, DeliveryMethod> methods = new ConcurrentHashMap<>();
  private final List<DeliveryMethod> local = new CopyOnWriteArrayList<>();

  /** Names that were asked for in vain. */
  private final Set<String> missed = ConcurrentHashMap.newKeySet();

  void add(DeliveryMethod method) {
    String name = key(method.name());
    methods.put(name, method);
    if (method.isLocal()) {
      local.add(method);
    }
    missed.remove(name);
  }

  void remove(DeliveryMethod method) {
    methods.remove(key(method.name()), method);
    local.remove(method);
  }

  /**
   * The method that takes the mail of {@code domain}: the local one that claims it, else the one
   * called {@code name}; null where it is not loaded.
   */
  @Nullable DeliveryMethod find(String name, String domain) {
    if (!local.isEmpty()) {
      for (DeliveryMethod method : local) {
        if (method.claims(domain)) {
          return method;
        }
      }
    }
    String key = key(name);
    DeliveryMethod method = methods.get(key);
    if (method == null && missed.add(key)) {
      LOG.warn("mail waits: delivery method {} is not loaded", key);
    }
    return method;
  }

  /** Whether the method called {@code name} is loaded. */
  boolean has(String name) {
    return methods.containsKey(key(name));
  }

  private static String key(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
