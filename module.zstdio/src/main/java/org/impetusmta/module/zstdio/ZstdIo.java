package org.impetusmta.module.zstdio;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import org.impetusmta.api.io.IoWrapper;
import org.impetusmta.api.io.IoWrappers;
import org.impetusmta.api.io.TransformingIo;
import org.impetusmta.api.module.Module;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code zstd://} before a path or another URI: reads and writes it through Zstandard (RFC 8878).
 * What is written has a checksum. Concurrent. Beyond the manual.
 */
@Module(
    name = "zstdio",
    kind = Module.Kind.IO_SYSTEM,
    description = "Zstandard I/O wrapper",
    singleton = "true",
    schemes = "zstd")
@Component(factory = Module.FACTORY + "zstdio", service = IoWrapper.class)
public final class ZstdIo extends TransformingIo {
  @Activate
  public ZstdIo(@Reference IoWrappers wrappers) {
    super(wrappers);
  }

  @Override
  public InputStream decode(InputStream in) throws IOException {
    // the library takes nothing at all for an empty text
    PushbackInputStream begun = new PushbackInputStream(in, 1);
    int first = begun.read();
    if (first < 0) {
      throw new EOFException("the zstd text is cut short");
    }
    begun.unread(first);
    return new ZstdInputStreamNoFinalizer(begun);
  }

  @Override
  public OutputStream encode(OutputStream out) throws IOException {
    return new ZstdOutputStreamNoFinalizer(out).setChecksum(true);
  }
}
