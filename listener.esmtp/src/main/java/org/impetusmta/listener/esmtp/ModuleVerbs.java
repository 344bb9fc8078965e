package org.impetusmta.listener.esmtp;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.reception.SmtpExtension;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRevision;

/**
 * The extensions that modules add to the sessions. Which keywords there are is known from the
 * manifests of the bundles installed; a keyword in {@code SMTP_Extensions} starts its module.
 * Concurrent.
 */
final class ModuleVerbs {
  private final Supplier<List<SmtpExtension>> inForce;
  private final Supplier<Set<String>> keywords;

  /** What {@link #keywords} said last: sessions do not look through all bundles. */
  private volatile Set<String> known;

  /**
   * @param inForce asked for each EHLO and each verb that is not the listener's own
   * @param keywords in capitals, of all modules that could be started
   */
  ModuleVerbs(Supplier<List<SmtpExtension>> inForce, Supplier<Set<String>> keywords) {
    this.inForce = inForce;
    this.keywords = keywords;
    this.known = keywords.get();
  }

  /** Looks which modules there are; called when a configuration is looked at. */
  void refresh() {
    known = keywords.get();
  }

  /** Those of the bundles of this framework. */
  static Set<String> keywords(BundleContext context) {
    Set<String> found = new HashSet<>();
    for (Bundle bundle : context.getBundles()) {
      BundleRevision revision = bundle.adapt(BundleRevision.class);
      if (revision == null) {
        continue;
      }
      for (BundleCapability capability : revision.getDeclaredCapabilities(Module.NAMESPACE)) {
        Object keyword = capability.getAttributes().get("smtp_extension");
        if (keyword != null && !keyword.toString().isBlank()) {
          found.add(keyword.toString().strip().toUpperCase(Locale.ROOT));
        }
      }
    }
    return found;
  }

  /** The words of a list that are modules' keywords, in capitals. */
  Set<String> among(List<String> words) {
    Set<String> modules = known;
    Set<String> found = new HashSet<>();
    for (String word : words) {
      String capitals = word.toUpperCase(Locale.ROOT);
      if (modules.contains(capitals)) {
        found.add(capitals);
      }
    }
    return found;
  }

  /** The words of a list that are not. */
  List<String> without(List<String> words) {
    Set<String> modules = known;
    return words.stream().filter(word -> !modules.contains(word.toUpperCase(Locale.ROOT))).toList();
  }

  /** Those in force whose keyword is one of {@code listed}, in the order of the stanzas. */
  List<SmtpExtension> offered(Set<String> listed) {
    if (listed.isEmpty()) {
      return List.of();
    }
    List<SmtpExtension> offered = new ArrayList<>();
    for (SmtpExtension extension : inForce.get()) {
      if (listed.contains(extension.keyword())) {
        offered.add(extension);
      }
    }
    return offered;
  }
}
