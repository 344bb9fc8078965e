package org.impetusmta.module.bzip2io;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.impetusmta.api.io.IoWrapper;
import org.impetusmta.api.io.IoWrappers;
import org.impetusmta.api.io.TransformingIo;
import org.impetusmta.api.module.Module;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code bzip2://} before a path or another URI: reads and writes it through bzip2. Concurrent.
 * Source: modules.compress_spool, which names it.
 */
@Module(
    name = "bzip2io",
    kind = Module.Kind.IO_SYSTEM,
    description = "bzip2 I/O wrapper",
    singleton = "true",
    schemes = "bzip2")
@Component(factory = Module.FACTORY + "bzip2io", service = IoWrapper.class)
public final class Bzip2Io extends TransformingIo {
  @Activate
  public Bzip2Io(@Reference IoWrappers wrappers) {
    super(wrappers);
  }

  @Override
  public InputStream decode(InputStream in) throws IOException {
    try {
      return new Whole(new BZip2CompressorInputStream(in, true));
    } catch (RuntimeException e) {
      throw damaged(e);
    }
  }

  @Override
  public OutputStream encode(OutputStream out) throws IOException {
    return new BZip2CompressorOutputStream(out);
  }

  private static IOException damaged(RuntimeException cause) {
    return new IOException("the bzip2 text is damaged: " + cause.getMessage(), cause);
  }

  /** The library finds some damage by running out of an array. */
  private static final class Whole extends FilterInputStream {
    Whole(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      try {
        return super.read();
      } catch (RuntimeException e) {
        throw damaged(e);
      }
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      try {
        return super.read(into, offset, length);
      } catch (RuntimeException e) {
        throw damaged(e);
      }
    }
  }
}
