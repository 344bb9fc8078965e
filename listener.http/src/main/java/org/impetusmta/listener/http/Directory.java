package org.impetusmta.listener.http;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.impetusmta.api.http.HttpResource;

/** Finds what is served at a path: the longest that fits. Concurrent. */
final class Directory {
  private final Supplier<List<HttpResource>> resources;

  Directory(Supplier<List<HttpResource>> resources) {
    this.resources = resources;
  }

  /**
   * @param path without a slash at its end, but for the root
   */
  Optional<HttpResource> find(String path) {
    HttpResource best = null;
    for (HttpResource one : resources.get()) {
      if (fits(one, path) && (best == null || one.path().length() > best.path().length())) {
        best = one;
      }
    }
    return Optional.ofNullable(best);
  }

  private static boolean fits(HttpResource resource, String path) {
    String own = normal(resource.path());
    return path.equals(own)
        || (resource.below() && path.startsWith(own.equals("/") ? own : own + "/"));
  }

  /** Without slashes at the end; the root is a slash. */
  static String normal(String path) {
    int end = path.length();
    while (end > 1 && path.charAt(end - 1) == '/') {
      end--;
    }
    return end == 0 ? "/" : path.substring(0, end);
  }
}
