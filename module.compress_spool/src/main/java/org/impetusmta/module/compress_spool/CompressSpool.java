package org.impetusmta.module.compress_spool;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.hook.SpoolEncoding;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.module.Reconfigurable;
import org.impetusmta.api.spool.MappingOptions;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * Has large bodies compressed in the spool. The spool tells from what it stored how to read it, so
 * the module may go at any time. Thread-safety: concurrent. Source: modules.compress_spool.
 */
@Module(
    name = "compress_spool",
    kind = Module.Kind.IO_SYSTEM,
    description = "Dynamic spool compression",
    singleton = "true")
@Component(
    factory = Module.FACTORY + "compress_spool",
    service = {SpoolEncoding.class, Reconfigurable.class})
public final class CompressSpool implements SpoolEncoding, Reconfigurable {
  private volatile Policy policy;

  /** How bodies are compressed. */
  public enum Compression {
    /** RFC 1952. */
    GZIP,
    /** Smaller and slower. */
    BZIP2,
    /** RFC 8878; faster than both. Beyond the manual. */
    ZSTD
  }

  /** The options of the compress_spool stanza. */
  @OptionSet("compress_spool")
  public record Options(
      @Option(value = "gzip", doc = "gzip, bzip2 or zstd; zstd is beyond the manual")
          Compression compress,
      @Option(
              value = "4096",
              min = 0,
              unit = Option.Unit.SIZE,
              doc = "octets from which a body is compressed")
          int minimumSize,
      @Option(
              value = "0",
              doc =
                  "whether nothing is compressed any more; what is compressed is read all the same")
          boolean readOnly) {}

  /** Options in the form in which they are asked for. */
  private record Policy(int least, Optional<String> scheme) {
    static Policy of(Options options) {
      return new Policy(
          options.readOnly() ? Integer.MAX_VALUE : options.minimumSize(),
          options.readOnly()
              ? Optional.empty()
              : Optional.of(options.compress().name().toLowerCase(Locale.ROOT)));
    }
  }

  @Activate
  public CompressSpool(Map<String, Object> properties) throws ConfigException {
    this(ModuleStanza.of(properties));
  }

  CompressSpool(ModuleStanza stanza) throws ConfigException {
    check(stanza);
    policy = Policy.of(stanza.options(Options.class));
  }

  /** What is compressed cannot stay in its file when it is swapped in. */
  private static void check(ModuleStanza stanza) throws ConfigException {
    if (stanza.generation().options(MappingOptions.class, ScopePath.GLOBAL).useMmap()) {
      throw new ConfigException(
          stanza.stanza().position()
              + ": compress_spool does not go with use_mmap = true, for what is compressed cannot"
              + " be mapped; expected one of them");
    }
  }

  @Override
  public Optional<String> encoding(int octets) {
    Policy now = policy;
    return octets >= now.least ? now.scheme : Optional.empty();
  }

  @Override
  public void prepare(ModuleStanza next) throws ConfigException {
    check(next);
  }

  @Override
  public void commit(ModuleStanza now) {
    policy = Policy.of(now.options(Options.class));
  }
}
