package org.impetusmta.client.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

/**
 * An OSGi framework over the jars of a distribution's {@code bundles/}, in which the kernel takes
 * over. A kernel that serves keeps its framework's files in {@code var/cache}; one that only
 * answers has them in a temporary folder, so it may run beside a server and as any user. Single.
 */
final class KernelFramework {
  private static final long STOP_DEADLINE_MILLIS = 20_000;

  private final Path home;
  private final KernelMode mode;
  private final Path cache;
  private final Framework framework;

  /**
   * @param properties the kernel's: {@code impetus.conf} and others
   */
  KernelFramework(Path home, KernelMode mode, Map<String, String> properties) throws IOException {
    this.home = home;
    this.mode = mode;
    this.cache =
        mode == KernelMode.SERVE
            ? cache(home, properties.getOrDefault("impetus.conf", ""))
            : Files.createTempDirectory("impetus-");
    if (mode == KernelMode.SERVE) {
      Leftovers.remove(cache);
    }
    Map<String, String> settings = new HashMap<>(properties);
    settings.put("impetus.home", home.toString());
    settings.put("impetus.mode", mode.property());
    settings.put(Constants.FRAMEWORK_STORAGE, cache.toString());
    settings.put(Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT);
    // two revisions of a module stand side by side while one replaces the other
    settings.put(Constants.FRAMEWORK_BSNVERSION, Constants.FRAMEWORK_BSNVERSION_MULTIPLE);
    settings.put("felix.log.level", "1");
    settings.put("ds.loglevel", "none".equals(System.getProperty("impetus.ds")) ? "4" : "1");
    framework =
        ServiceLoader.load(FrameworkFactory.class).findFirst().orElseThrow().newFramework(settings);
  }

  /** A folder for the framework's copies of the modules, of this configuration's own. */
  private static Path cache(Path home, String configuration) {
    String name = Integer.toHexString(configuration.hashCode());
    Path beside = home.resolve("var/cache");
    try {
      Files.createDirectories(beside);
      if (Files.isWritable(beside)) {
        return beside.resolve(name);
      }
    } catch (IOException e) {
      System.err.println(
          "ecelerity: no cache in " + beside + " (" + e + "); using a temporary folder");
    }
    return Path.of(
        System.getProperty("java.io.tmpdir"),
        "impetus-" + System.getProperty("user.name") + "-" + name);
  }

  /**
   * Starts the framework and waits for the kernel.
   *
   * @return what the kernel says: that it is ready, or the answer that it was started for
   * @throws LaunchException when the kernel, or the framework, does not start; the message is for
   *     the operator
   */
  String start() throws IOException, LaunchException, InterruptedException {
    try {
      framework.init();
      UninstalledBundles.follow(framework);
      BundleContext context = framework.getBundleContext();
      List<Bundle> bundles = new ArrayList<>();
      for (Path jar : jars(home.resolve("bundles"))) {
        bundles.add(context.installBundle("reference:" + jar.toUri()));
      }
      framework.start();
      for (Bundle bundle : bundles) {
        if (bundle.getHeaders().get(Constants.FRAGMENT_HOST) == null) {
          bundle.start(Bundle.START_TRANSIENT | Bundle.START_ACTIVATION_POLICY);
        }
      }
      CompletableFuture<String> ready = new CompletableFuture<>();
      Hashtable<String, Object> property = new Hashtable<>();
      property.put("impetus.launcher", true);
      context.registerService(CompletableFuture.class.getName(), ready, property);
      if (!ready.isDone()) {
        throw new LaunchException("the kernel did not start: is core.bundle in bundles/?", null);
      }
      return ready.get();
    } catch (BundleException e) {
      throw new LaunchException(String.valueOf(e.getMessage()), e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new LaunchException(String.valueOf(cause.getMessage()), cause);
    }
  }

  private static List<Path> jars(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new IOException(
          "there is no " + folder + ": IMPETUS_HOME does not name a distribution");
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().endsWith(".jar"))
          .sorted(Comparator.comparing(Path::getFileName))
          .toList();
    }
  }

  /** Waits until the framework is stopped; false when it failed. */
  boolean waitForStop() throws InterruptedException {
    return framework.waitForStop(0).getType() != FrameworkEvent.ERROR;
  }

  /** Stops the framework, and takes away what one that only answered had written. */
  void stop() {
    try {
      framework.stop();
      framework.waitForStop(STOP_DEADLINE_MILLIS);
      if (mode != KernelMode.SERVE) {
        delete(cache);
      }
    } catch (BundleException | IOException e) {
      System.err.println("ecelerity: stopping failed: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void delete(Path folder) throws IOException {
    List<Path> all;
    try (Stream<Path> files = Files.walk(folder)) {
      all = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : all) {
      Files.deleteIfExists(file);
    }
  }

  /** Starts a kernel that only answers, and ends it. */
  static String answer(Path home, KernelMode mode, Map<String, String> properties)
      throws IOException, LaunchException, InterruptedException {
    KernelFramework framework = new KernelFramework(home, mode, properties);
    try {
      return framework.start();
    } finally {
      framework.stop();
    }
  }
}
