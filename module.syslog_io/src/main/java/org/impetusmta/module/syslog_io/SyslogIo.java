package org.impetusmta.module.syslog_io;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.Map;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.io.IoLimits;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.api.io.IoWrapper;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.scheduler.Scheduler;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code syslog://?facility=mail&priority=error}, for writing: each write is one record for the
 * system logger, over {@code /dev/log}. Concurrent; a stream is not. Source: modules.syslog_io.
 */
@Module(
    name = "syslog_io",
    kind = Module.Kind.IO_SYSTEM,
    description = "I/O wrapper that writes to the system logger",
    singleton = "true",
    schemes = "syslog")
@Component(factory = Module.FACTORY + "syslog_io", service = IoWrapper.class)
public final class SyslogIo implements IoWrapper {
  private static final Path LOGGER = Path.of("/dev/log");

  private final String ident;
  private final Facility facility;
  private final Path logger;
  private final InstantSource clock;
  private final ZoneId zone;

  /** The options of the syslog_io stanza. */
  @OptionSet("syslog_io")
  public record Options(
      @Option(value = "mail", doc = "the facility of records whose URI names none")
          String defaultFacility,
      @Option(value = "ecelerity", doc = "what records begin with") String ident) {}

  @Activate
  public SyslogIo(Map<String, Object> properties, @Reference Scheduler scheduler)
      throws ConfigException {
    this(
        ModuleStanza.of(properties).options(Options.class),
        LOGGER,
        scheduler.clock(),
        ZoneId.systemDefault());
  }

  /**
   * @param logger the socket that the system logger reads
   */
  SyslogIo(Options options, Path logger, InstantSource clock, ZoneId zone) throws ConfigException {
    if (!options.ident().matches("[\\x21-\\x39\\x3B-\\x5A\\x5C-\\x7E]+")) {
      throw new ConfigException(
          "in syslog_io: ident = \"%s\": expected printable ASCII without blanks, : and ["
              .formatted(options.ident()));
    }
    this.ident = options.ident();
    this.facility =
        Facility.of(options.defaultFacility())
            .orElseThrow(
                () ->
                    new ConfigException(
                        "in syslog_io: default_facility = \"%s\": expected one of %s"
                            .formatted(options.defaultFacility(), Facility.names())));
    this.logger = logger;
    this.clock = clock;
    this.zone = zone;
  }

  @Override
  public InputStream read(IoUri uri, IoLimits limits) throws IOException {
    throw new IOException(uri.scheme() + ":// can only be written");
  }

  /** Records are always appended, whatever {@code append} says. */
  @Override
  public OutputStream write(IoUri uri, boolean append) throws IOException {
    int priority = SyslogUri.of(uri, facility).priority();
    return new SyslogStream(
        LocalDatagrams.connect(logger),
        "<" + priority + ">",
        " " + ident + "[" + ProcessHandle.current().pid() + "]: ",
        clock,
        zone);
  }
}
