package org.impetusmta.module.gzipio;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.zip.GZIPOutputStream;
import org.impetusmta.api.io.IoWrapper;
import org.impetusmta.api.io.IoWrappers;
import org.impetusmta.api.io.TransformingIo;
import org.impetusmta.api.module.Module;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code gzip://} before a path or another URI: reads and writes it through gzip (RFC 1952).
 * Concurrent. Source: modules.compress_spool, which names it.
 */
@Module(
    name = "gzipio",
    kind = Module.Kind.IO_SYSTEM,
    description = "gzip I/O wrapper",
    singleton = "true",
    schemes = "gzip")
@Component(factory = Module.FACTORY + "gzipio", service = IoWrapper.class)
public final class GzipIo extends TransformingIo {
  private static final int BUFFER = 8192;

  @Activate
  public GzipIo(@Reference IoWrappers wrappers) {
    super(wrappers);
  }

  @Override
  public InputStream decode(InputStream in) throws IOException {
    return new GzipMembers(in);
  }

  @Override
  public OutputStream encode(OutputStream out) throws IOException {
    return new GZIPOutputStream(out, BUFFER);
  }
}
