package org.impetusmta.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.ops4j.pax.exam.CoreOptions.bundle;
import static org.ops4j.pax.exam.CoreOptions.composite;
import static org.ops4j.pax.exam.CoreOptions.frameworkProperty;
import static org.ops4j.pax.exam.CoreOptions.junitBundles;
import static org.ops4j.pax.exam.CoreOptions.options;
import static org.ops4j.pax.exam.CoreOptions.systemTimeout;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Hashtable;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import javax.inject.Inject;
import org.impetusmta.api.console.Console;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;

/**
 * The bundles of the distribution inside Felix: all of them resolve, the kernel starts, every
 * module loads and unloads.
 */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class FrameworkPaxTest {
  @Inject private BundleContext context;

  @Configuration
  public Option[] configuration() throws IOException {
    Path home = Path.of(System.getProperty("impetus.distribution")).toRealPath();
    Path folder = Files.createTempDirectory("impetus-pax");
    Path conf = folder.resolve("ecelerity.conf");
    Files.writeString(
        conf, Server.configuration(folder, Server.freePort()) + "mail_loop \"mail_loop\" { }\n");
    List<Option> jars;
    try (Stream<Path> files = Files.list(home.resolve("bundles"))) {
      jars =
          files
              .filter(f -> f.toString().endsWith(".jar"))
              .sorted()
              .map(FrameworkPaxTest::jar)
              .toList();
    }
    return options(
        systemTimeout(60_000),
        frameworkProperty("impetus.home").value(home.toString()),
        frameworkProperty("impetus.conf").value(conf.toString()),
        frameworkProperty(Constants.FRAMEWORK_BSNVERSION)
            .value(Constants.FRAMEWORK_BSNVERSION_MULTIPLE),
        composite(jars.toArray(new Option[0])),
        junitBundles());
  }

  private static Option jar(Path file) {
    return isFragment(file)
        ? bundle(file.toUri().toString()).noStart()
        : bundle(file.toUri().toString());
  }

  private static boolean isFragment(Path file) {
    try (JarFile jar = new JarFile(file.toFile())) {
      return jar.getManifest().getMainAttributes().getValue(Constants.FRAGMENT_HOST) != null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  public void every_bundle_resolves_and_every_module_comes_and_goes() throws Exception {
    CompletableFuture<String> ready = new CompletableFuture<>();
    Hashtable<String, Object> property = new Hashtable<>();
    property.put("impetus.launcher", true);
    context.registerService(CompletableFuture.class.getName(), ready, property);
    assertTrue(ready.get(30, TimeUnit.SECONDS), ready.get().contains("is ready"));
    for (Bundle bundle : context.getBundles()) {
      boolean fragment = bundle.getHeaders().get(Constants.FRAGMENT_HOST) != null;
      boolean foreignNative = bundle.getHeaders().get(Constants.BUNDLE_NATIVECODE) != null;
      if (!foreignNative) {
        assertTrue(
            bundle + " is in state " + bundle.getState(),
            fragment || bundle.getState() >= Bundle.INSTALLED);
      }
    }
    ServiceReference<Console> reference = context.getServiceReference(Console.class);
    try (Console.Session console = context.getService(reference).open("test")) {
      String modules = run(console, "module list");
      for (String module :
          List.of(
              "ec_logger:ec_logger",
              "mail_loop:mail_loop",
              "esmtp_listener",
              "control_listener",
              "esmtp")) {
        assertTrue(modules, modules.contains("Module: " + module + "\n"));
      }
      for (String module : List.of("mail_loop", "ec_logger", "esmtp", "esmtp_listener")) {
        for (int i = 0; i < 5; i++) {
          run(console, "module unload " + module);
          run(console, "module load " + module);
          run(console, "module update " + module);
        }
      }
      assertEquals(
          modules.lines().filter(l -> l.startsWith("Module: ")).sorted().toList(),
          run(console, "module list")
              .lines()
              .filter(l -> l.startsWith("Module: "))
              .sorted()
              .toList());
    }
  }

  private static String run(Console.Session console, String line) {
    Console.Answer answer = console.execute(line);
    assertTrue(line + ": " + answer.text(), answer.ok());
    return answer.text();
  }
}
