package org.impetusmta.core.module;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.module.Module;
import org.impetusmta.core.config.option.OptionCatalog;
import org.impetusmta.core.config.option.OptionDeclaration;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRevision;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The modules that could be started: every jar of {@code modules/} and {@code partners/}, installed
 * but not started, known by the capabilities in its manifest. Their options are declared from there
 * too. Concurrent.
 */
final class ModuleCatalog {
  private static final Logger LOG = LoggerFactory.getLogger(ModuleCatalog.class);

  private static final String REVISION = "revision:";

  private final BundleContext context;
  private final OptionCatalog options;
  private final Map<String, KnownModule> modules = new ConcurrentHashMap<>();
  private final Map<Bundle, List<Class<? extends Record>>> declared = new HashMap<>();

  ModuleCatalog(BundleContext context, OptionCatalog options) {
    this.context = context;
    this.options = options;
  }

  /**
   * Installs the jars of a folder that are not installed yet. A jar that is no bundle is reported
   * and left out.
   */
  synchronized void scan(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    List<Path> jars;
    try (Stream<Path> files = Files.list(folder)) {
      jars = files.filter(f -> f.getFileName().toString().endsWith(".jar")).sorted().toList();
    }
    for (Path jar : jars) {
      try {
        install(jar.toAbsolutePath().toUri().toString());
      } catch (BundleException | IllegalStateException e) {
        LOG.error("{} is left out: {}", jar, e.getMessage());
      }
    }
  }

  /** Installs one bundle, from a file or any URI, and makes its modules known. */
  synchronized Bundle install(String location) throws BundleException {
    for (Bundle bundle : context.getBundles()) {
      if (source(bundle).equals(location)) {
        know(bundle);
        return bundle;
      }
    }
    Bundle bundle = context.installBundle(location);
    try {
      know(bundle);
    } catch (IllegalStateException e) {
      bundle.uninstall();
      throw e;
    }
    return bundle;
  }

  /** The location of one more revision of a bundle that came from {@code source}. */
  static String revision(long number, String source) {
    return REVISION + number + ":" + source;
  }

  /** The file or URI that a bundle came from, whatever revision it is. */
  static String source(Bundle bundle) {
    String location = bundle.getLocation();
    return location.startsWith(REVISION) ? location.split(":", 3)[2] : location;
  }

  /**
   * Reads the modules and option sets of a bundle; also of one that is not a module, as the core's
   * own are.
   */
  synchronized void know(Bundle bundle) {
    if (declared.containsKey(bundle)) {
      return;
    }
    BundleRevision revision = bundle.adapt(BundleRevision.class);
    for (BundleCapability capability : revision.getDeclaredCapabilities(Module.NAMESPACE)) {
      KnownModule module = module(bundle, capability.getAttributes());
      requireOwnSchemes(module);
      KnownModule other = modules.putIfAbsent(module.name(), module);
      if (other != null && other.bundle() != bundle) {
        throw new IllegalStateException(
            "module %s of %s is already provided by %s"
                .formatted(module.name(), bundle.getLocation(), other.bundle().getLocation()));
      }
      options.declareStanza(module.name(), bundle.getSymbolicName());
    }
    List<Class<? extends Record>> sets = new ArrayList<>();
    for (BundleCapability capability : revision.getDeclaredCapabilities(OptionSet.NAMESPACE)) {
      sets.add(optionSet(bundle, String.valueOf(capability.getAttributes().get("record"))));
    }
    sets.forEach(set -> options.declare(set, bundle.getSymbolicName()));
    declared.put(bundle, sets);
  }

  private void requireOwnSchemes(KnownModule module) {
    for (String scheme : module.schemes()) {
      Optional<KnownModule> other = ofScheme(scheme);
      if (other.isPresent() && other.get().bundle() != module.bundle()) {
        throw new IllegalStateException(
            "URIs of scheme %s, which module %s of %s opens, are opened by %s already"
                .formatted(
                    scheme,
                    module.name(),
                    module.bundle().getLocation(),
                    other.get().bundle().getLocation()));
      }
    }
  }

  /** Forgets a bundle's modules and options, before it is updated or uninstalled. */
  synchronized void forget(Bundle bundle) {
    List<Class<? extends Record>> sets = declared.remove(bundle);
    if (sets != null) {
      sets.forEach(options::withdraw);
    }
    modules
        .values()
        .removeIf(
            module -> {
              boolean gone = module.bundle().equals(bundle);
              if (gone) {
                options.withdrawStanza(module.name());
              }
              return gone;
            });
  }

  private static KnownModule module(Bundle bundle, Map<String, Object> attributes) {
    Module.Kind kind = Module.Kind.valueOf(String.valueOf(attributes.get("kind")));
    return new KnownModule(
        String.valueOf(attributes.get("module")).toLowerCase(Locale.ROOT),
        kind,
        String.valueOf(attributes.get("description")),
        Boolean.parseBoolean(String.valueOf(attributes.get("singleton"))),
        Boolean.parseBoolean(String.valueOf(attributes.get("autoload"))),
        String.valueOf(attributes.get("component")),
        words(attributes.get("schemes")),
        String.valueOf(attributes.getOrDefault("smtp_extension", "")).strip(),
        bundle,
        // loggers look for the macros that they use when they start
        words(attributes.get("log_macros")).isEmpty()
            ? KnownModule.START_ORDER.indexOf(kind)
            : KnownModule.FIRST);
  }

  private static Set<String> words(@Nullable Object attribute) {
    String text = attribute == null ? "" : attribute.toString().toLowerCase(Locale.ROOT).strip();
    return text.isEmpty() ? Set.of() : Set.copyOf(List.of(text.split("\\s+")));
  }

  private static Class<? extends Record> optionSet(Bundle bundle, String name) {
    try {
      return bundle.loadClass(name).asSubclass(Record.class);
    } catch (ClassNotFoundException | ClassCastException | LinkageError e) {
      throw new IllegalStateException(
          "option set " + name + " of " + bundle.getLocation() + " cannot be read: " + e, e);
    }
  }

  /** The module of that name. */
  Optional<KnownModule> find(String name) {
    return Optional.ofNullable(modules.get(name.toLowerCase(Locale.ROOT)));
  }

  /** The options that the bundle of a module declares. */
  Set<String> optionsOf(KnownModule module) {
    return options.all().stream()
        .filter(option -> option.module().equals(module.bundle().getSymbolicName()))
        .map(OptionDeclaration::name)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The module that opens URIs of a scheme. */
  Optional<KnownModule> ofScheme(String scheme) {
    return modules.values().stream().filter(m -> m.schemes().contains(scheme)).findFirst();
  }

  /** All modules by name. */
  Map<String, KnownModule> all() {
    return new TreeMap<>(modules);
  }
}
