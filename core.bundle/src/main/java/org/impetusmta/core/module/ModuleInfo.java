package org.impetusmta.core.module;

import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.impetusmta.core.hook.HookRegistry;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;

/** What {@code module info} prints, a fact a line. Stateless. */
final class ModuleInfo {
  private static final Pattern OURS =
      Pattern.compile("org\\.impetusmta\\.([\\w.]+)[^,\"]*;version=\"([^\"]+)\"");

  private ModuleInfo() {}

  static List<String> lines(
      KnownModule module,
      List<ModuleInstance> instances,
      ModuleCatalog catalog,
      HookRegistry hooks) {
    Bundle bundle = module.bundle();
    List<String> lines = new ArrayList<>();
    lines.add("Module: " + module.name());
    lines.add("  Description: " + module.description());
    lines.add("  API: " + module.api() + (module.singleton() ? ", one instance" : ""));
    lines.add("  State: " + (instances.isEmpty() ? "not loaded" : "loaded"));
    for (ModuleInstance instance : instances) {
      lines.add(
          "  Instance: %s (%s, %s)"
              .formatted(
                  instance.title(),
                  instance.passive() ? "disabled" : "enabled",
                  instance.stanza.stanza().position()));
    }
    add(lines, "Loads when", startedBy(module));
    add(lines, "Requires", module.requires());
    add(
        lines,
        "Hooks",
        hooks.implementers().entrySet().stream()
            .filter(hook -> hook.getValue().contains(module.name()))
            .map(hook -> hook.getKey())
            .toList());
    add(lines, "Options", new TreeSet<>(catalog.optionsOf(module)));
    add(lines, "Compiled against", imports(bundle));
    lines.add("  Bundle: " + bundle.getSymbolicName() + " " + bundle.getVersion());
    lines.add("  From: " + ModuleCatalog.source(bundle));
    lines.add("  Signed: " + signed(catalog.signature(bundle)));
    return lines;
  }

  private static void add(List<String> lines, String what, Iterable<String> words) {
    String text = String.join(", ", words);
    if (!text.isEmpty()) {
      lines.add("  " + what + ": " + text);
    }
  }

  private static List<String> startedBy(KnownModule module) {
    List<String> causes = new ArrayList<>();
    causes.add("a stanza names it");
    if (module.autoload()) {
      causes.add("an option of its own is said");
    }
    module.schemes().stream()
        .sorted()
        .forEach(scheme -> causes.add("a URI says " + scheme + "://"));
    module.drivers().stream()
        .sorted()
        .forEach(driver -> causes.add("the uri of a Datasource says " + driver + ":"));
    if (!module.smtpExtension().isEmpty()) {
      causes.add("SMTP_Extensions lists " + module.smtpExtension());
    }
    return causes;
  }

  /** The packages of the API and of other bundles of ours, with the versions that will do. */
  private static List<String> imports(Bundle bundle) {
    String header = bundle.getHeaders().get(Constants.IMPORT_PACKAGE);
    return header == null
        ? List.of()
        : OURS.matcher(header)
            .results()
            .map(found -> found.group(1) + " " + found.group(2))
            .sorted()
            .toList();
  }

  private static String signed(Optional<JarSignature> signature) {
    if (signature.isEmpty()) {
      return "not asked, it came with the distribution";
    }
    if (signature.get().defect().isPresent()) {
      return "no, " + signature.get().defect().get();
    }
    return signature.get().chains().stream()
        .map(chain -> signer(chain.getFirst()))
        .sorted()
        .collect(Collectors.joining("; "));
  }

  private static String signer(X509Certificate signer) {
    return "by %s, whose certificate ends %s"
        .formatted(signer.getSubjectX500Principal().getName(), signer.getNotAfter().toInstant());
  }
}
