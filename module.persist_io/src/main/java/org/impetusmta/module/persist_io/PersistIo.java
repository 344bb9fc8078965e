package org.impetusmta.module.persist_io;

import java.io.ByteArrayInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.io.IoLimits;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.api.io.IoWrapper;
import org.impetusmta.api.io.IoWrappers;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code persist://} before another URI, as {@code persist://http://example.com/a.conf}: reads that
 * one and keeps a copy, which is what is read when the other cannot be. Nothing but the whole text
 * becomes the copy. Concurrent. Source: modules.persistio.
 */
@Module(
    name = "persist_io",
    kind = Module.Kind.IO_SYSTEM,
    description = "I/O wrapper that keeps a copy",
    singleton = "true",
    schemes = "persist")
@Component(factory = Module.FACTORY + "persist_io", service = IoWrapper.class)
public final class PersistIo implements IoWrapper {
  private static final Logger LOG = LoggerFactory.getLogger(PersistIo.class);

  /** Of reading back what was just written. */
  private static final IoLimits READ_BACK = new IoLimits(Duration.ofSeconds(30), 64L << 20);

  private final IoWrappers wrappers;
  private final Copies copies;

  /** The options of the persist_io stanza. */
  @OptionSet("persist_io")
  public record Options(
      @Option(
              value = "0700",
              min = 0,
              max = 0777,
              unit = Option.Unit.OCTAL,
              doc = "permissions of persist_path, if it has to be made")
          int dirmode,
      @Option(
              value = "0600",
              min = 0,
              max = 0777,
              unit = Option.Unit.OCTAL,
              doc = "permissions of a copy")
          int filemode,
      @Option(value = "/var/log/ecelerity/persist", doc = "the folder that holds the copies")
          String persistPath) {}

  @Activate
  public PersistIo(Map<String, Object> properties, @Reference IoWrappers wrappers) {
    this(ModuleStanza.of(properties).options(Options.class), wrappers);
  }

  PersistIo(Options options, IoWrappers wrappers) {
    this.wrappers = wrappers;
    this.copies = new Copies(Path.of(options.persistPath()), options.dirmode(), options.filemode());
  }

  @Override
  public InputStream read(IoUri uri, IoLimits limits) throws IOException {
    IoUri inner = inner(uri);
    byte[] octets;
    // what hangs must leave time for the copy
    IoLimits less = new IoLimits(limits.timeout().multipliedBy(9).dividedBy(10), limits.octets());
    try (InputStream in = wrappers.read(inner, less)) {
      octets = in.readAllBytes();
    } catch (IOException e) {
      return new ByteArrayInputStream(copy(inner, limits, e));
    }
    try {
      copies.keep(inner, octets);
    } catch (IOException e) {
      LOG.warn("{} was read, but no copy of it can be kept: {}", inner, e.toString());
    }
    return new ByteArrayInputStream(octets);
  }

  private byte[] copy(IoUri inner, IoLimits limits, IOException failure) throws IOException {
    try {
      Optional<byte[]> copy = copies.find(inner, limits.octets());
      if (copy.isPresent()) {
        LOG.warn(
            "{} cannot be read ({}); its copy of {} is used",
            inner,
            failure.getMessage(),
            copies.made(inner));
        return copy.get();
      }
    } catch (IOException e) {
      failure.addSuppressed(e);
      throw new IOException(
          failure.getMessage() + "; its copy cannot be read either: " + e, failure);
    }
    throw new IOException(
        failure.getMessage() + "; there is no copy of it in " + copies.folder(), failure);
  }

  /** Goes through to what is wrapped, if that can be written; the copy follows at the end. */
  @Override
  public OutputStream write(IoUri uri, boolean append) throws IOException {
    OutputStream out = wrappers.write(inner(uri), append);
    return new FilterOutputStream(out) {
      @Override
      public void write(byte[] octets, int offset, int length) throws IOException {
        out.write(octets, offset, length);
      }

      @Override
      public void close() throws IOException {
        super.close();
        read(uri, READ_BACK).close();
      }
    };
  }

  private static IoUri inner(IoUri uri) throws IOException {
    return uri.inner()
        .orElseThrow(
            () -> new IOException("expected another URI behind persist://, as persist://http://…"));
  }
}
