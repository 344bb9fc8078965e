package org.impetusmta.core.module;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.impetusmta.api.config.ConfigException;
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
 * too. What did not come with the distribution is let in as {@link ModuleSigners} says, before
 * anything of it is looked at. Concurrent.
 */
final class ModuleCatalog {
  private static final Logger LOG = LoggerFactory.getLogger(ModuleCatalog.class);

  private static final String REVISION = "revision:";

  /** Larger jars are refused. */
  private static final int LARGEST = 256 << 20;

  private final BundleContext context;
  private final OptionCatalog options;
  private final Map<String, KnownModule> modules = new ConcurrentHashMap<>();
  private final Map<Bundle, List<Class<? extends Record>>> declared = new HashMap<>();
  private final Map<Bundle, List<Class<? extends Record>>> retired = new HashMap<>();
  private final Map<Bundle, JarSignature> foreign = new ConcurrentHashMap<>();
  private final Set<Bundle> installed = ConcurrentHashMap.newKeySet();
  private final Set<String> leftOut = new HashSet<>();
  private volatile ModuleSigners signers = ModuleSigners.ANYBODY;

  ModuleCatalog(BundleContext context, OptionCatalog options) {
    this.context = context;
    this.options = options;
  }

  /**
   * Installs the jars of a folder that are not installed yet. A jar that is no bundle, or is not
   * signed as it must be, is reported and left out.
   *
   * @param own whether the jars came with the distribution
   */
  synchronized void scan(Path folder, boolean own) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    List<Path> jars;
    try (Stream<Path> files = Files.list(folder)) {
      jars = files.filter(f -> f.getFileName().toString().endsWith(".jar")).sorted().toList();
    }
    for (Path jar : jars) {
      String location = jar.toAbsolutePath().toUri().toString();
      try {
        if (!leftOut.contains(location)) {
          install(location, own);
        }
      } catch (BundleException | ConfigException | IllegalStateException e) {
        LOG.error("{} is left out: {}", jar, e.getMessage());
      }
    }
  }

  /** Installs one bundle that did not come with the distribution, from a file or any URI. */
  synchronized Bundle install(String location) throws BundleException, ConfigException {
    leftOut.remove(location);
    return install(location, false);
  }

  private Bundle install(String location, boolean own) throws BundleException, ConfigException {
    for (Bundle bundle : context.getBundles()) {
      if (source(bundle).equals(location)) {
        know(bundle);
        return bundle;
      }
    }
    if (!own) {
      return installForeign(location, location);
    }
    return known(context.installBundle(location), null);
  }

  /**
   * Installs a bundle anew from where another revision of it came from.
   *
   * @param number told apart by it
   */
  synchronized Bundle reinstall(long number, Bundle old) throws BundleException, ConfigException {
    String source = source(old);
    String location = REVISION + number + ":" + source;
    if (foreign.containsKey(old)) {
      return installForeign(location, source);
    }
    return known(context.installBundle(location, new ByteArrayInputStream(read(source))), null);
  }

  private Bundle installForeign(String location, String source)
      throws BundleException, ConfigException {
    byte[] jar = read(source);
    JarSignature signature = signature(jar);
    signers.require(source, signature, Instant.now());
    return known(context.installBundle(location, new ByteArrayInputStream(jar)), signature);
  }

  private Bundle known(Bundle bundle, @Nullable JarSignature signature) throws BundleException {
    try {
      know(bundle);
    } catch (IllegalStateException e) {
      bundle.uninstall();
      throw e;
    }
    if (signature != null) {
      foreign.put(bundle, signature);
    }
    installed.add(bundle);
    return bundle;
  }

  private static byte[] read(String source) throws ConfigException {
    try (InputStream in = URI.create(source).toURL().openStream()) {
      byte[] jar = in.readNBytes(LARGEST + 1);
      if (jar.length > LARGEST) {
        throw new ConfigException(source + " is larger than " + (LARGEST >> 20) + " MiB");
      }
      return jar;
    } catch (IOException | IllegalArgumentException e) {
      throw new ConfigException("cannot read " + source + ": " + e, e);
    }
  }

  private static JarSignature signature(byte[] jar) {
    try {
      return JarSignature.of(jar);
    } catch (IOException e) {
      return JarSignature.defect("it cannot be read as a jar: " + e.getMessage());
    }
  }

  /** Whose modules are let in from now on. */
  void admit(ModuleSigners now) {
    signers = now;
  }

  /**
   * Asks whether a module may run.
   *
   * @throws ConfigException if not: who signed it is not, or no longer, accepted
   */
  void requireAdmitted(KnownModule module, ModuleSigners by) throws ConfigException {
    JarSignature signature = foreign.get(module.bundle());
    if (signature != null) {
      by.require(source(module.bundle()), signature, Instant.now());
    }
  }

  ModuleSigners signers() {
    return signers;
  }

  /** Who signed a bundle; empty for one that came with the distribution. */
  Optional<JarSignature> signature(Bundle bundle) {
    return Optional.ofNullable(foreign.get(bundle));
  }

  /** Whether the bundle came from a folder of modules or from the console, not from the core's. */
  boolean isInstalled(Bundle bundle) {
    return installed.contains(bundle);
  }

  /** Uninstalls a bundle for good: its jar is left out until it is installed again by name. */
  synchronized void uninstall(Bundle bundle) throws BundleException {
    forget(bundle);
    leftOut.add(source(bundle));
    drop(bundle);
  }

  /** Uninstalls a bundle that another revision has taken the place of. */
  synchronized void drop(Bundle bundle) throws BundleException {
    List<Class<? extends Record>> sets = retired.remove(bundle);
    if (sets != null) {
      sets.forEach(options::withdraw);
    }
    foreign.remove(bundle);
    installed.remove(bundle);
    bundle.uninstall();
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
    List<Class<? extends Record>> sets = new ArrayList<>();
    try {
      BundleRevision revision = bundle.adapt(BundleRevision.class);
      for (BundleCapability capability : revision.getDeclaredCapabilities(OptionSet.NAMESPACE)) {
        sets.add(optionSet(bundle, String.valueOf(capability.getAttributes().get("record"))));
      }
      for (BundleCapability capability : revision.getDeclaredCapabilities(Module.NAMESPACE)) {
        know(module(bundle, capability.getAttributes()));
      }
      sets.forEach(set -> options.declare(set, bundle.getSymbolicName()));
    } catch (IllegalStateException e) {
      sets.forEach(options::withdraw);
      forgetModules(bundle);
      throw e;
    }
    declared.put(bundle, sets);
    retired.remove(bundle);
  }

  private void know(KnownModule module) {
    requireOwnSchemes(module);
    KnownModule other = modules.putIfAbsent(module.name(), module);
    Bundle bundle = module.bundle();
    if (other != null && other.bundle() != bundle) {
      throw new IllegalStateException(
          "module %s of %s is already provided by %s"
              .formatted(module.name(), bundle.getLocation(), other.bundle().getLocation()));
    }
    options.declareStanza(module.name(), bundle.getSymbolicName());
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

  /** Forgets a bundle's modules and options, before it is uninstalled. */
  synchronized void forget(Bundle bundle) {
    List<Class<? extends Record>> sets = declared.remove(bundle);
    if (sets != null) {
      sets.forEach(options::withdraw);
    }
    forgetModules(bundle);
  }

  /**
   * Makes room for another revision of a bundle: what runs of this one still reads its options,
   * until {@link #drop} or until it is {@link #know known} again.
   */
  synchronized void retire(Bundle bundle) {
    List<Class<? extends Record>> sets = declared.remove(bundle);
    if (sets != null) {
      sets.forEach(options::retire);
      retired.put(bundle, sets);
    }
    forgetModules(bundle);
  }

  private void forgetModules(Bundle bundle) {
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
        words(attributes.get("drivers")),
        words(attributes.get("requires")),
        bundle,
        // loggers look for the macros that they use when they start, data sources for their drivers
        words(attributes.get("log_macros")).isEmpty() && words(attributes.get("drivers")).isEmpty()
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

  /**
   * The module of that name.
   *
   * @throws ConfigException when there is none
   */
  KnownModule require(String name) throws ConfigException {
    return find(name)
        .orElseThrow(
            () ->
                new ConfigException(
                    "there is no module \"%s\"; known are: %s"
                        .formatted(
                            name.toLowerCase(Locale.ROOT), String.join(", ", all().keySet()))));
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
