package org.impetusmta.module.jlog;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.impetusmta.api.io.IoLimits;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.api.io.IoWrapper;
import org.impetusmta.api.module.Module;
import org.impetusmta.jlog.Jlog;
import org.impetusmta.jlog.JlogWriter;
import org.osgi.service.component.annotations.Component;

/**
 * {@code jlog:///path=>subscriber}, for writing: each write is a record of a journal. {@code
 * cluster://} is another name of it. Concurrent; a stream is not. Source: modules.jlog,
 * modules.ec_logger, cluster.config.logging.complex.
 */
@Module(
    name = "jlog",
    kind = Module.Kind.IO_SYSTEM,
    description = "jlog-formatted logging",
    singleton = "true",
    schemes = "jlog cluster")
@Component(factory = Module.FACTORY + "jlog", service = IoWrapper.class)
public final class JlogIo implements IoWrapper {

  @Override
  public InputStream read(IoUri uri, IoLimits limits) throws IOException {
    throw new IOException(
        uri.scheme() + ":// can only be written; subscribers read it with JlogReader or jlog");
  }

  /**
   * Opens a journal, which is made with its subscribers where it is missing. What is there stays:
   * it is the subscribers that say what may go.
   */
  @Override
  public OutputStream write(IoUri uri, boolean append) throws IOException {
    JlogUri target = JlogUri.of(uri);
    Jlog jlog = Jlog.openOrCreate(target.folder());
    return new JlogStream(new JlogWriter(jlog, target.subscribers()));
  }
}
