package org.impetusmta.client.launch;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
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
 * The server process: starts an OSGi framework, installs and starts every jar of {@code bundles/},
 * lets the kernel take over, says that it is ready or why not, and stops the framework when the
 * process is told to end. Exit codes: 0 stopped, 1 did not start, 2 wrong usage. Single.
 *
 * <p>System properties: {@code impetus.home}, the exploded distribution; {@code impetus.ready}, a
 * file that gets the ready line or the reason of failure, for a launcher that does not see standard
 * output.
 */
public final class Ecelerity {
  private static final String USAGE =
      """
      usage: ecelerity [-c FILE] [-d] [-h] [-n SERVICE] [-s]
        -c FILE     configuration file (etc/ecelerity.conf)
        -d          stay in the foreground with standard output and error open
        -h          this help
        -n SERVICE  do not offer SERVICE: esmtp, ecstream or queue; may be repeated
        -s          check the configuration, then end
      """;

  private static final long STOP_DEADLINE_MILLIS = 20_000;

  private static OutputStream ready = OutputStream.nullOutputStream();

  private final Path home;
  private final Framework framework;

  private Ecelerity(Path home, Framework framework) {
    this.home = home;
    this.framework = framework;
  }

  /** Starts the server; see {@link #USAGE}. */
  public static void main(String[] arguments) {
    System.exit(run(List.of(arguments)));
  }

  private static int run(List<String> arguments) {
    ready = readyFile();
    Path home = Path.of(System.getProperty("impetus.home", ".")).toAbsolutePath().normalize();
    Map<String, String> properties = new HashMap<>();
    properties.put("impetus.home", home.toString());
    properties.put("impetus.conf", home.resolve("etc/ecelerity.conf").toString());
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      String value = i + 1 < arguments.size() ? arguments.get(i + 1) : "";
      switch (argument) {
        case "-h" -> {
          System.out.print(USAGE);
          return 0;
        }
        case "-d" -> properties.put("impetus.foreground", "true");
        case "-s" -> properties.put("impetus.check", "true");
        case "-c", "-n" -> {
          if (value.isEmpty()) {
            return usage(argument + " needs a value");
          }
          if (argument.equals("-c")) {
            properties.put("impetus.conf", Path.of(value).toAbsolutePath().toString());
          } else if (List.of("esmtp", "ecstream", "queue").contains(value)) {
            properties.merge("impetus.skip", value, (a, b) -> a + "," + b);
          } else {
            return usage("-n " + value + ": expected esmtp, ecstream or queue");
          }
          i++;
        }
        default -> {
          return usage("unknown argument " + argument);
        }
      }
    }
    try {
      return new Ecelerity(home, framework(home, properties))
          .serve(properties.containsKey("impetus.check"));
    } catch (BundleException | IOException | UncheckedIOException e) {
      return fail(String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return fail("interrupted");
    }
  }

  private static int usage(String what) {
    report("ecelerity: " + what + "; ecelerity -h tells more");
    System.err.print("ecelerity: " + what + "\n" + USAGE);
    return 2;
  }

  private static int fail(String why) {
    report("ecelerity: " + why);
    System.err.println("ecelerity: " + why);
    return 1;
  }

  private static void report(String line) {
    try (OutputStream file = ready) {
      file.write((line + "\n").getBytes(StandardCharsets.UTF_8));
      ready = OutputStream.nullOutputStream();
    } catch (IOException e) {
      System.err.println("ecelerity: cannot report that \"" + line + "\": " + e);
    }
  }

  /** Opened before anything else: the server may become a user who may not open it any more. */
  private static OutputStream readyFile() {
    String file = System.getProperty("impetus.ready", "");
    try {
      return file.isEmpty()
          ? OutputStream.nullOutputStream()
          : Files.newOutputStream(
              Path.of(file), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      System.err.println("ecelerity: cannot write " + file + ": " + e);
      return OutputStream.nullOutputStream();
    }
  }

  private static Framework framework(Path home, Map<String, String> properties) throws IOException {
    Map<String, String> settings = new HashMap<>(properties);
    Path cache = cache(home, properties.getOrDefault("impetus.conf", ""));
    wipe(cache);
    settings.put(Constants.FRAMEWORK_STORAGE, cache.toString());
    settings.put(Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT);
    // two revisions of a module stand side by side while one replaces the other
    settings.put(Constants.FRAMEWORK_BSNVERSION, Constants.FRAMEWORK_BSNVERSION_MULTIPLE);
    settings.put("felix.log.level", "1");
    settings.put("ds.loglevel", "none".equals(System.getProperty("impetus.ds")) ? "4" : "1");
    return ServiceLoader.load(FrameworkFactory.class)
        .findFirst()
        .orElseThrow()
        .newFramework(settings);
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
   * Removes what an earlier process of another user left; that user may have put links there, which
   * must not lead root elsewhere: from folder to folder by open descriptors. One's own the
   * framework cleans.
   */
  private static void wipe(Path folder) throws IOException {
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
        || Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).getName().equals(userName())) {
      return;
    }
    Path lock = folder.resolve("cache.lock");
    if (Files.exists(lock, LinkOption.NOFOLLOW_LINKS)) {
      try (FileChannel held =
          FileChannel.open(lock, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
        if (held.tryLock() == null) {
          throw new IOException(
              "a server with this configuration runs: it uses " + folder.toAbsolutePath());
        }
      }
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      if (entries instanceof SecureDirectoryStream<Path> secure) {
        wipe(secure);
      }
    }
    Files.deleteIfExists(folder);
  }

  private static String userName() {
    return System.getProperty("user.name", "");
  }

  private static void wipe(SecureDirectoryStream<Path> folder) throws IOException {
    for (Path entry : folder) {
      Path name = entry.getFileName();
      boolean inner =
          folder
              .getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
              .readAttributes()
              .isDirectory();
      if (inner) {
        try (SecureDirectoryStream<Path> below =
            folder.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
          wipe(below);
        }
        folder.deleteDirectory(name);
      } else {
        folder.deleteFile(name);
      }
    }
  }

  private int serve(boolean checkOnly) throws BundleException, IOException, InterruptedException {
    Thread hook = new Thread(this::stop, "shutdown");
    framework.init();
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
    Runtime.getRuntime().addShutdownHook(hook);
    CompletableFuture<String> ready = new CompletableFuture<>();
    Hashtable<String, Object> property = new Hashtable<>();
    property.put("impetus.launcher", true);
    context.registerService(CompletableFuture.class.getName(), ready, property);
    if (!ready.isDone()) {
      ready.completeExceptionally(
          new BundleException("the kernel did not start: is core.bundle in bundles/?"));
    }
    try {
      String line = ready.get();
      report(line);
      System.out.println(line);
    } catch (ExecutionException e) {
      fail(String.valueOf(e.getCause() == null ? e : e.getCause().getMessage()));
      Runtime.getRuntime().removeShutdownHook(hook);
      stop();
      return 1;
    }
    if (checkOnly) {
      Runtime.getRuntime().removeShutdownHook(hook);
      stop();
      return 0;
    }
    FrameworkEvent end = framework.waitForStop(0);
    return end.getType() == FrameworkEvent.ERROR ? 1 : 0;
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

  private void stop() {
    try {
      framework.stop();
      framework.waitForStop(STOP_DEADLINE_MILLIS);
    } catch (BundleException e) {
      System.err.println("ecelerity: stopping failed: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
