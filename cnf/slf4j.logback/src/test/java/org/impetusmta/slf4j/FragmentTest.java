package org.impetusmta.slf4j;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.core.CoreConstants;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.apache.felix.framework.FrameworkFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.slf4j.Logger;

/** The fragment in a framework, beside the bundles that it is for. */
final class FragmentTest {
  @TempDir Path cache;

  @Test
  void logbackIsTheProvider() throws Exception {
    Framework framework =
        new FrameworkFactory().newFramework(Map.of(Constants.FRAMEWORK_STORAGE, cache.toString()));
    framework.start();
    try {
      BundleContext context = framework.getBundleContext();
      install(context, jarOf(Logger.class));
      install(context, jarOf(CoreConstants.class));
      Bundle logback = install(context, jarOf(LoggerContext.class));
      context.installBundle("fragment", fragment());
      Bundle logging = context.installBundle("logging", loggingBundle());
      logback.start();
      logging.start();
      var provider = Objects.requireNonNull(context.getServiceReference(String.class));
      assertThat(context.getService(provider)).isEqualTo(LoggerContext.class.getName());
    } finally {
      framework.stop();
      framework.waitForStop(10_000);
    }
  }

  private static Bundle install(BundleContext context, URI jar) throws Exception {
    return context.installBundle(jar.toString());
  }

  private static URI jarOf(Class<?> type) throws URISyntaxException {
    return type.getProtectionDomain().getCodeSource().getLocation().toURI();
  }

  /** What the build made of this folder, as a jar. */
  private static InputStream fragment() throws IOException {
    Path classes = Path.of("target/classes");
    Manifest manifest;
    try (InputStream in = Files.newInputStream(classes.resolve("META-INF/MANIFEST.MF"))) {
      manifest = new Manifest(in);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JarOutputStream jar = new JarOutputStream(bytes, manifest);
        Stream<Path> files = Files.walk(classes)) {
      files
          .filter(file -> Files.isRegularFile(file) && !file.endsWith("MANIFEST.MF"))
          .forEach(file -> add(jar, classes.relativize(file).toString(), file));
    }
    return new ByteArrayInputStream(bytes.toByteArray());
  }

  private static InputStream loggingBundle() throws IOException {
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.putValue(Constants.BUNDLE_MANIFESTVERSION, "2");
    main.putValue(Constants.BUNDLE_SYMBOLICNAME, "logging");
    main.putValue(Constants.IMPORT_PACKAGE, "org.slf4j;version=\"[2,3)\",org.osgi.framework");
    main.putValue(Constants.BUNDLE_ACTIVATOR, LoggingBundle.class.getName());
    String entry = LoggingBundle.class.getName().replace('.', '/') + ".class";
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JarOutputStream jar = new JarOutputStream(bytes, manifest)) {
      add(jar, entry, Path.of("target/test-classes").resolve(entry));
    }
    return new ByteArrayInputStream(bytes.toByteArray());
  }

  private static void add(JarOutputStream jar, String name, Path file) {
    try {
      jar.putNextEntry(new ZipEntry(name));
      Files.copy(file, jar);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
