package org.impetusmta.core.module;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.io.IoLimits;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.api.io.IoWrapper;
import org.impetusmta.api.io.IoWrappers;
import org.impetusmta.core.config.ConfigEngine;
import org.impetusmta.core.config.UriReader;
import org.impetusmta.core.config.option.Words;

/**
 * The I/O wrappers of all modules: a URI's scheme says which module opens it, and its first use
 * starts the module. The configuration's includes come through here too. Concurrent; the loader
 * starts one module at a time, reading happens outside its lock.
 */
public final class LoadedIoWrappers implements IoWrappers, UriReader {
  /** Of a text that the configuration includes. */
  private static final IoLimits CONFIGURATION =
      new IoLimits(Duration.ofSeconds(30), ConfigEngine.LARGEST_FILE);

  private static final Map<String, String> PLANNED =
      Map.of("eccmgr", "the configuration repository of a cluster");

  private final IoWrapper files = new FileIo();
  private final ModuleLoader loader;
  private final ConfigEngine engine;

  public LoadedIoWrappers(ModuleLoader loader, ConfigEngine engine) {
    this.loader = loader;
    this.engine = engine;
  }

  @Override
  public byte[] read(IoUri uri, SoFar soFar) throws ConfigException {
    // what a URI wraps starts too: later nobody knows what the files have said so far
    for (Optional<IoUri> inner = uri.inner(); inner.isPresent(); inner = inner.get().inner()) {
      wrapper(inner.get(), soFar);
    }
    IoWrapper wrapper = wrapper(uri, soFar);
    try {
      return WholeRead.of(wrapper, uri, CONFIGURATION);
    } catch (IOException e) {
      throw new ConfigException("cannot read " + uri + ": " + e.getMessage(), e);
    }
  }

  @Override
  public InputStream read(IoUri uri, IoLimits limits) throws IOException {
    return new ByteArrayInputStream(WholeRead.of(wrapper(uri), uri, limits));
  }

  @Override
  public OutputStream write(IoUri uri, boolean append) throws IOException {
    return wrapper(uri).write(uri, append);
  }

  @Override
  public InputStream decode(String scheme, InputStream in) throws IOException {
    return wrapper(new IoUri(scheme, "")).decode(in);
  }

  @Override
  public OutputStream encode(String scheme, OutputStream out) throws IOException {
    return wrapper(new IoUri(scheme, "")).encode(out);
  }

  @Override
  public Set<String> schemes() {
    Set<String> schemes = new TreeSet<>();
    schemes.add("file");
    loader.catalog().all().values().forEach(module -> schemes.addAll(module.schemes()));
    return schemes;
  }

  private IoWrapper wrapper(IoUri uri) throws IOException {
    try {
      return wrapper(uri, _ -> engine.currentOrEmpty());
    } catch (ConfigException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private IoWrapper wrapper(IoUri uri, SoFar said) throws ConfigException {
    String scheme = uri.scheme();
    if (scheme.equals("file")) {
      return files;
    }
    Optional<KnownModule> module = loader.catalog().ofScheme(scheme);
    if (module.isPresent()) {
      return loader.wrapper(module.get(), said);
    }
    String planned = PLANNED.get(scheme);
    if (planned != null) {
      throw new ConfigException(
          "found the URI %s of %s, which is not built yet; expected one of the schemes %s"
              .formatted(uri, planned, String.join(", ", schemes())));
    }
    throw new ConfigException(
        "found the URI %s, expected one of the schemes %s%s"
            .formatted(
                uri,
                String.join(", ", schemes()),
                Words.nearest(scheme, schemes())
                    .map(near -> "; did you mean " + near + "://?")
                    .orElse("")));
  }
}
