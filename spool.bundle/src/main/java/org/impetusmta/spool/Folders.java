package org.impetusmta.spool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.io.IoWrappers;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.spool.ImportedSpool;
import org.impetusmta.api.spool.Spool.Recovery;
import org.impetusmta.api.spool.Spool.RecoveryListener;
import org.impetusmta.api.spool.Spool.SpoolEntry;
import org.impetusmta.api.spool.SpoolFolders;
import org.impetusmta.spool.layer.Encodings;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Opens spools in other folders: the engine is told by the name of its folder. A folder that holds
 * both is opened for the one whose mail it holds, and refused if it holds mail of both. Concurrent.
 */
@Component
public final class Folders implements SpoolFolders {
  private final Configuration configuration;
  private final Scheduler scheduler;
  private final ForceFsync forceFsync;
  private final Encodings encodings;

  @Activate
  public Folders(
      @Reference Configuration configuration,
      @Reference Scheduler scheduler,
      @Reference IoWrappers wrappers) {
    this.encodings = new Encodings(wrappers);
    this.configuration = configuration;
    this.scheduler = scheduler;
    this.forceFsync = new ForceFsync(configuration);
  }

  @Override
  public ImportedSpool open(Path base) throws IOException {
    SpoolOptions options = configuration.current().options(SpoolOptions.class, ScopePath.GLOBAL);
    Path own = Path.of(options.spoolbase());
    if (!Files.isDirectory(base)) {
      throw new IOException("there is no folder " + base);
    }
    if (Files.exists(own) && Files.isSameFile(own, base)) {
      throw new IOException(base + " is the spool of this very server");
    }
    return new Opened(
        engine(base).open(base, forceFsync, options.spoolMode(), scheduler), encodings);
  }

  private static SpoolEngine engine(Path base) throws IOException {
    boolean journal = SpoolEngine.JOURNAL.isIn(base);
    boolean hashed = SpoolEngine.HASHED.isIn(base);
    if (!journal && !hashed) {
      throw new IOException(
          base + " holds no spool: there is neither a folder journal in it nor one called hashed");
    }
    if (journal && hashed) {
      boolean old = SpoolEngine.JOURNAL.holdsMail(base);
      boolean files = SpoolEngine.HASHED.holdsMail(base);
      if (old && files) {
        throw new IOException(
            base + " holds mail of both engines: move journal or hashed to a folder of its own");
      }
      return files ? SpoolEngine.HASHED : SpoolEngine.JOURNAL;
    }
    return hashed ? SpoolEngine.HASHED : SpoolEngine.JOURNAL;
  }

  /** A spool of one engine. */
  private record Opened(Engine engine, Encodings encodings) implements ImportedSpool {
    @Override
    public Recovery recover(RecoveryListener listener) throws IOException {
      return engine.recover(listener);
    }

    @Override
    public Body read(SpoolEntry entry) throws IOException {
      return encodings.decode(engine.readEncoded(entry));
    }

    @Override
    public void unlink(SpoolEntry entry) {
      engine.unlink(entry);
    }

    @Override
    public void sync() throws IOException {
      engine.sync();
    }

    @Override
    public void close() throws IOException {
      engine.close();
    }
  }
}
