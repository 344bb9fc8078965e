package org.impetusmta.spool;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.hook.HooksInForce;
import org.impetusmta.api.hook.SpoolEncoding;
import org.impetusmta.api.hook.SpoolSuppression;
import org.impetusmta.api.io.IoWrappers;
import org.impetusmta.api.message.MessageThresholds;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.spool.layer.EncodingLayer;
import org.impetusmta.spool.layer.Encodings;
import org.impetusmta.spool.layer.Layer;
import org.impetusmta.spool.layer.Permission;
import org.impetusmta.spool.layer.SuppressionLayer;
import org.impetusmta.spool.mapped.UseMmap;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * The spool of the server: opens the engine that {@code spool_engine} names in {@code SpoolBase}
 * and hands everything on to it, through the layers that encode and hold back. Mail of the other
 * engine in the same folder would be forgotten, so it is a reason not to start. Concurrent.
 */
@Component(service = Spool.class, immediate = true)
public final class SpoolService extends Layer {
  private final Engine engine;

  /** What calls go through: the layers above the engine. */
  private final SuppressionLayer spool;

  private record Opened(Engine engine, SuppressionLayer spool) {}

  @Activate
  public SpoolService(
      @Reference Configuration configuration,
      @Reference Scheduler scheduler,
      @Reference IoWrappers wrappers,
      @Reference HooksInForce hooks)
      throws IOException {
    this(open(configuration, scheduler, wrappers, hooks));
  }

  private SpoolService(Opened opened) {
    super(opened.spool());
    engine = opened.engine();
    spool = opened.spool();
  }

  private static Opened open(
      Configuration configuration, Scheduler scheduler, IoWrappers wrappers, HooksInForce hooks)
      throws IOException {
    SpoolOptions options = configuration.current().options(SpoolOptions.class, ScopePath.GLOBAL);
    Engine engine =
        open(options, new ForceFsync(configuration), new UseMmap(configuration), scheduler);
    EncodingLayer encoding =
        new EncodingLayer(
            engine,
            hooks.inForce(SpoolEncoding.class),
            new Encodings(wrappers),
            scheduler.pool("SwapOut"));
    return new Opened(
        engine,
        new SuppressionLayer(
            encoding,
            new Permission(configuration, hooks.inForce(SpoolSuppression.class)),
            octets ->
                configuration
                    .current()
                    .options(MessageThresholds.class, ScopePath.GLOBAL)
                    .isLarge(octets)));
  }

  /**
   * Opens the engine.
   *
   * @throws IOException when the folder cannot be used, another process has it, or it holds mail of
   *     the other engine; names the file
   */
  static Engine open(
      SpoolOptions options,
      BooleanSupplier forceFsync,
      BooleanSupplier useMmap,
      Scheduler scheduler)
      throws IOException {
    Path base = Path.of(options.spoolbase());
    for (SpoolEngine other : SpoolEngine.values()) {
      if (other != options.spoolEngine() && other.isIn(base) && other.holdsMail(base)) {
        throw new IOException(
            ("%s holds mail of the engine %s, but spool_engine is %s: keep spool_engine = %s, or"
                    + " take that folder out of %s and bring its mail over with spool import")
                .formatted(
                    base.resolve(other.folder()),
                    other.folder(),
                    options.spoolEngine().folder(),
                    other.folder(),
                    base));
      }
    }
    return options.spoolEngine().open(base, forceFsync, useMmap, options.spoolMode(), scheduler);
  }

  /** Finishes what was asked for, syncs, closes. Blocks. */
  @Deactivate
  public void close() throws IOException {
    spool.close();
    engine.close();
  }
}
