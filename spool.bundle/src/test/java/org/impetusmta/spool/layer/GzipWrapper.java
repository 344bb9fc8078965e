package org.impetusmta.spool.layer;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.impetusmta.api.io.IoLimits;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.api.io.IoWrapper;

/** A gzip wrapper as far as the layer needs one. */
final class GzipWrapper implements IoWrapper {
  @Override
  public InputStream read(IoUri uri, IoLimits limits) throws IOException {
    throw new IOException("not asked for");
  }

  @Override
  public InputStream decode(InputStream in) throws IOException {
    return new GZIPInputStream(in);
  }

  @Override
  public OutputStream encode(OutputStream out) throws IOException {
    return new GZIPOutputStream(out);
  }
}
