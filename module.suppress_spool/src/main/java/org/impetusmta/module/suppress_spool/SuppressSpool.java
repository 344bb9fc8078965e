package org.impetusmta.module.suppress_spool;

import java.io.IOException;
import java.util.Map;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.hook.SpoolSuppression;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.module.Reconfigurable;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.UnsafeSpool;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps mail in memory alone until it has failed more often than {@code num_retries}: clients are
 * told that it is accepted, and it is lost if the process dies. Needs {@code _unsafe_spool = true}.
 * When it stops, what is held is written. Thread-safety: concurrent. Source:
 * modules.suppress_spool.
 */
@Module(
    name = "suppress_spool",
    kind = Module.Kind.IO_SYSTEM,
    description = "Deferred message spooling",
    singleton = "true")
@Component(
    factory = Module.FACTORY + "suppress_spool",
    service = {SpoolSuppression.class, Reconfigurable.class})
public final class SuppressSpool implements SpoolSuppression, Reconfigurable {
  private static final Logger LOG = LoggerFactory.getLogger(SuppressSpool.class);

  private final Spool spool;
  private volatile Options options;

  /** The options of the suppress_spool stanza. */
  @OptionSet("suppress_spool")
  public record Options(
      @Option(
              value = "0",
              min = 0,
              doc = "a message is written to the spool when it was retried more often than this")
          int numRetries,
      @Option(
              value = "0",
              min = 0,
              unit = Option.Unit.SIZE,
              doc =
                  "octets that are held in memory alone; beyond, the oldest mail is written; 0: an"
                      + " eighth of the heap. Beyond the manual")
          long maxHeld) {}

  @Activate
  public SuppressSpool(Map<String, Object> properties, @Reference Spool spool)
      throws ConfigException {
    this(ModuleStanza.of(properties), spool);
  }

  SuppressSpool(ModuleStanza stanza, Spool spool) throws ConfigException {
    check(stanza);
    this.options = stanza.options(Options.class);
    this.spool = spool;
    LOG.warn("mail is accepted before it is on the disk: it is lost if this process dies");
  }

  private static void check(ModuleStanza stanza) throws ConfigException {
    if (!stanza.generation().options(UnsafeSpool.class, ScopePath.GLOBAL).unsafeSpool()) {
      throw new ConfigException(
          stanza.stanza().position()
              + ": suppress_spool loses mail if the server dies; expected _unsafe_spool = true"
              + " beside it, found false");
    }
  }

  @Override
  public boolean suppresses(int retries) {
    return retries <= options.numRetries();
  }

  @Override
  public long mostOctets() {
    long most = options.maxHeld();
    return most == 0 ? Runtime.getRuntime().maxMemory() / 8 : most;
  }

  @Override
  public void prepare(ModuleStanza next) throws ConfigException {
    check(next);
  }

  @Override
  public void commit(ModuleStanza now) {
    options = now.options(Options.class);
  }

  /** Nobody asks this any more: what was held because of it is written. */
  @Deactivate
  public void stop() throws IOException {
    spool.sync();
  }
}
