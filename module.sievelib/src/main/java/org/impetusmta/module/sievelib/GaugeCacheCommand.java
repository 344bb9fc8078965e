package org.impetusmta.module.sievelib;

import java.util.List;
import java.util.Locale;
import org.impetusmta.api.audit.GaugeCaches;
import org.impetusmta.api.audit.GaugeCaches.GaugeCache;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.console.Report;
import org.impetusmta.api.module.Module;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code sievelib gauge_cache add|sub|show|delete}: changes gauge caches that scripts made.
 * Concurrent. Source: modules.sievelib.
 */
@Module(
    name = "sievelib",
    kind = Module.Kind.SINGLETON,
    singleton = "true",
    description = "Gauge caches at the console")
@Component(factory = Module.FACTORY + "sievelib", service = ConsoleCommand.class)
public final class GaugeCacheCommand implements ConsoleCommand {
  private final GaugeCaches caches;

  @Activate
  public GaugeCacheCommand(@Reference GaugeCaches caches) {
    this.caches = caches;
  }

  @Override
  public String name() {
    return "sievelib gauge_cache";
  }

  @Override
  public String synopsis() {
    return "add name key number | sub name key number | show name key | delete name key";
  }

  @Override
  public String summary() {
    return "Shows and changes gauge caches";
  }

  @Override
  public boolean hasJson() {
    return true;
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = invocation.arguments();
    String verb = words.isEmpty() ? "" : words.getFirst().toLowerCase(Locale.ROOT);
    boolean changes = verb.equals("add") || verb.equals("sub");
    if (!(changes && words.size() == 4)
        && !((verb.equals("show") || verb.equals("delete")) && words.size() == 3)) {
      throw new ConsoleException("expected: sievelib gauge_cache " + synopsis());
    }
    GaugeCache cache =
        caches
            .find(words.get(1))
            .orElseThrow(() -> new ConsoleException("there is no gauge cache " + words.get(1)));
    String key = words.get(2);
    try {
      if (changes) {
        long _ = cache.add(key, verb.equals("add") ? number(words.get(3)) : -number(words.get(3)));
      } else if (verb.equals("delete")) {
        cache.removeItem(key);
      }
    } catch (IllegalArgumentException e) {
      throw new ConsoleException("cannot " + verb + " " + key + ": " + e.getMessage());
    }
    Report report = new Report();
    if (verb.equals("delete")) {
      report.value("deleted", key).linef("%s deleted", key);
    } else {
      report.value("key", key).figure("value", cache.get(key), key.replace("%", "%%") + ": %d");
    }
    invocation.print(report);
  }

  private static long number(String word) throws ConsoleException {
    if (!word.matches("\\d{1,15}")) {
      throw new ConsoleException("expected a number, not " + word);
    }
    return Long.parseLong(word);
  }
}
