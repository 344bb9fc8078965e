package org.impetusmta.module.pipe_io;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.io.IoLimits;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.api.io.IoWrapper;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code pipe:///usr/bin/program?arg1=…}, for writing: each write goes to the standard input of a
 * program. Concurrent; a stream is not. Source: modules.pipeio.
 */
@Module(
    name = "pipe_io",
    kind = Module.Kind.IO_SYSTEM,
    description = "I/O wrapper that writes to programs",
    singleton = "true",
    schemes = "pipe")
@Component(factory = Module.FACTORY + "pipe_io", service = IoWrapper.class)
public final class PipeIo implements IoWrapper {
  private static final Logger LOG = LoggerFactory.getLogger(PipeIo.class);
  private static final long BACK_OFF = TimeUnit.SECONDS.toNanos(1);

  private final Options options;
  private final Runnable shutdown;
  private final Runnable backOff;

  /** The options of the pipe_io stanza. */
  @OptionSet("pipe_io")
  public record Options(
      @Option(doc = "what programs write to standard error goes to this file; unset: nowhere")
          Optional<String> errorFile,
      @Option(
              value = "0666",
              unit = Option.Unit.OCTAL,
              min = 0,
              max = 0777,
              doc = "permissions of an error_file that is created, less the umask")
          int errorMode,
      @Option(doc = "what programs write to standard output goes to this file; unset: nowhere")
          Optional<String> outputFile,
      @Option(
              value = "0666",
              unit = Option.Unit.OCTAL,
              min = 0,
              max = 0777,
              doc = "permissions of an output_file that is created, less the umask")
          int outputMode,
      @Option(
              value = "5",
              min = 0,
              doc = "seconds that a program has to end when its pipe is closed")
          Duration timeout) {}

  @Activate
  public PipeIo(Map<String, Object> properties, BundleContext context) {
    this(
        ModuleStanza.of(properties).options(Options.class),
        () -> shutdown(context),
        () -> LockSupport.parkNanos(BACK_OFF));
  }

  /**
   * @param shutdown begins the end of the server
   * @param backOff waits before a program is started again
   */
  PipeIo(Options options, Runnable shutdown, Runnable backOff) {
    this.options = options;
    this.shutdown = shutdown;
    this.backOff = backOff;
  }

  private static void shutdown(BundleContext context) {
    try {
      context.getBundle(0).stop();
    } catch (BundleException e) {
      LOG.error("cannot shut down", e);
    }
  }

  @Override
  public InputStream read(IoUri uri, IoLimits limits) throws IOException {
    throw new IOException(uri.scheme() + ":// can only be written");
  }

  /** Starts the program; whether it is to be appended makes no difference. */
  @Override
  public OutputStream write(IoUri uri, boolean append) throws IOException {
    return new PipeStream(PipeUri.of(uri), options, shutdown, backOff);
  }
}
