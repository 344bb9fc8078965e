package org.impetusmta.module.ds_jdbc;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Driver;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.impetusmta.api.config.ConfigException;

/**
 * JDBC drivers from the jars of a folder, with a class loader of their own that sees the platform
 * and nothing of the server. Single until it is made, then concurrent.
 */
final class DriverFolder implements AutoCloseable {
  private final Path folder;
  private final URLClassLoader loader;

  /**
   * @throws ConfigException where the folder cannot be read; one that is not there is empty
   */
  DriverFolder(Path folder) throws ConfigException {
    this.folder = folder;
    List<URL> jars = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path jar : files.filter(f -> f.toString().endsWith(".jar")).sorted().toList()) {
          jars.add(url(jar));
        }
      } catch (IOException e) {
        throw new ConfigException("driver_folder = \"%s\": %s".formatted(folder, e), e);
      }
    }
    loader =
        new URLClassLoader(
            "jdbc drivers", jars.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
  }

  private static URL url(Path jar) throws MalformedURLException {
    return jar.toUri().toURL();
  }

  /**
   * The driver of a class, or the one that takes a URL.
   *
   * @throws ConfigException where there is none
   */
  Driver find(Optional<String> className, String url) throws ConfigException {
    Driver found = className.isPresent() ? byName(className.get()) : byUrl(url);
    try {
      if (found.acceptsURL(url)) {
        return found;
      }
    } catch (SQLException e) {
      throw new ConfigException("url: " + JdbcConnection.oneLine(e), e);
    }
    throw new ConfigException(
        "url: the driver " + found.getClass().getName() + " does not take it");
  }

  private Driver byName(String className) throws ConfigException {
    try {
      return loader.loadClass(className).asSubclass(Driver.class).getConstructor().newInstance();
    } catch (ReflectiveOperationException | LinkageError | ClassCastException e) {
      throw new ConfigException(
          "driver = \"%s\": expected a JDBC driver of a jar in %s: %s"
              .formatted(className, folder, e),
          e);
    }
  }

  private Driver byUrl(String url) throws ConfigException {
    try {
      for (Driver driver : ServiceLoader.load(Driver.class, loader)) {
        // the platform has none, but a server may have some on its class path
        if (driver.getClass().getClassLoader() == loader && driver.acceptsURL(url)) {
          return driver;
        }
      }
    } catch (ServiceConfigurationError | SQLException | LinkageError e) {
      throw new ConfigException("a JDBC driver in %s: %s".formatted(folder, e), e);
    }
    throw new ConfigException(
        "url: expected that of a JDBC driver in %s, of which none takes it".formatted(folder));
  }

  @Override
  public void close() {
    try {
      loader.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
