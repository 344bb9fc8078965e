package org.impetusmta.core.spool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.ServerName;
import org.impetusmta.api.log.EventLog;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.SpoolFolders;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.message.MessageIds;
import org.impetusmta.core.queue.MailQueues;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The imports of other spools, those under way and the last that have ended; and what they share:
 * the ids that are taken. Concurrent.
 */
@Component(service = SpoolImports.class)
public final class SpoolImports {
  private static final Logger LOG = LoggerFactory.getLogger(SpoolImports.class);

  /** Ended imports that are remembered. */
  private static final int REMEMBERED = 100;

  /** On their way at once, at most. */
  static final int MOST_CONCURRENCY = 1000;

  private static final long STOP_MILLIS = 10_000;

  private final Configuration configuration;
  private final Spool spool;
  private final SpoolFolders folders;
  private final Scheduler scheduler;
  private final MailQueues queues;
  private final MessageIds ids;
  private final EventLog log;
  private final String version;

  /** By real path, in the order in which they began; guarded by itself. */
  private final Map<Path, SpoolImport> imports = new LinkedHashMap<>();

  /** Ids of messages that are being stored here and are not queued yet. */
  private final Set<Long> claimed = ConcurrentHashMap.newKeySet();

  @Activate
  public SpoolImports(
      BundleContext context,
      @Reference Configuration configuration,
      @Reference Spool spool,
      @Reference SpoolFolders folders,
      @Reference Scheduler scheduler,
      @Reference MailQueues queues,
      @Reference MessageIds ids,
      @Reference EventLog log) {
    this(
        configuration,
        spool,
        folders,
        scheduler,
        queues,
        ids,
        log,
        context.getBundle().getVersion().toString());
  }

  SpoolImports(
      Configuration configuration,
      Spool spool,
      SpoolFolders folders,
      Scheduler scheduler,
      MailQueues queues,
      MessageIds ids,
      EventLog log,
      String version) {
    this.configuration = configuration;
    this.spool = spool;
    this.folders = folders;
    this.scheduler = scheduler;
    this.queues = queues;
    this.ids = ids;
    this.log = log;
    this.version = version;
  }

  /**
   * Begins an import.
   *
   * @param concurrency messages that are on their way at once
   * @param trace whether each gets a trace field
   * @throws IOException when there is no such folder, or it is being imported
   */
  public SpoolImport begin(Path folder, int concurrency, boolean trace) throws IOException {
    Path real = real(folder);
    SpoolImport begun;
    synchronized (imports) {
      SpoolImport former = imports.get(real);
      if (former != null && former.running()) {
        throw new IOException(folder + " is being imported already");
      }
      begun = new SpoolImport(real, concurrency, trace, this);
      imports.remove(real);
      imports.put(real, begun);
      forget();
    }
    try {
      scheduler.pool("SpoolIn").execute(begun::run);
    } catch (RejectedExecutionException e) {
      synchronized (imports) {
        imports.remove(real);
      }
      throw new IOException("no thread imports now: " + e.getMessage(), e);
    }
    return begun;
  }

  private void forget() {
    Iterator<SpoolImport> oldest = imports.values().iterator();
    while (imports.size() > REMEMBERED && oldest.hasNext()) {
      if (!oldest.next().running()) {
        oldest.remove();
      }
    }
  }

  /** The import of a folder, if there was one. */
  public Optional<SpoolImport> find(Path folder) {
    synchronized (imports) {
      try {
        return Optional.ofNullable(imports.get(real(folder)));
      } catch (IOException e) {
        LOG.debug("{} is gone", folder, e);
        return Optional.ofNullable(imports.get(folder.toAbsolutePath().normalize()));
      }
    }
  }

  private static Path real(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new IOException("there is no folder " + folder);
    }
    return folder.toRealPath();
  }

  /** Ends what is under way; what was not imported stays where it is. Blocks, for a while. */
  @Deactivate
  public void stop() {
    synchronized (imports) {
      imports.values().forEach(SpoolImport::stop);
    }
    long deadline = System.nanoTime() + STOP_MILLIS * 1_000_000;
    try {
      while (anyRunning() && System.nanoTime() < deadline) {
        Thread.sleep(10);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean anyRunning() {
    synchronized (imports) {
      return imports.values().stream().anyMatch(SpoolImport::running);
    }
  }

  // ---- what the imports share

  /**
   * The envelope as it will be stored here: with its own id, unless a message with that id is here.
   * The id is taken until {@link #unclaim}.
   */
  Envelope claim(Envelope envelope) throws IOException {
    MessageId id = envelope.id();
    if (!claimed.add(id.bits())) {
      return renamed(envelope);
    }
    if (!ids.unknown(id) && spool.find(id).isPresent()) {
      claimed.remove(id.bits());
      return renamed(envelope);
    }
    ids.seen(id);
    return envelope;
  }

  private Envelope renamed(Envelope envelope) {
    MessageId id = ids.next();
    claimed.add(id.bits());
    return new Envelope(
        id,
        envelope.batchId(),
        envelope.connectionId(),
        envelope.sender(),
        envelope.recipient(),
        envelope.receivedMillis(),
        envelope.sourceAddress(),
        envelope.protocol(),
        envelope.eightBitMime(),
        envelope.priority(),
        envelope.bindingGroup(),
        envelope.binding(),
        envelope.messageContext(),
        envelope.connectionContext());
  }

  void unclaim(MessageId id) {
    claimed.remove(id.bits());
  }

  EventLoop owner(Envelope envelope) {
    return scheduler.owner(envelope.binding(), envelope.recipient().routingDomain());
  }

  void enqueue(MailMessage message) {
    queues.enqueue(message);
  }

  Spool spool() {
    return spool;
  }

  SpoolFolders folders() {
    return folders;
  }

  EventLog log() {
    return log;
  }

  String hostname() {
    return configuration.current().options(ServerName.class, ScopePath.GLOBAL).name();
  }

  String version() {
    return version;
  }

  long nowMillis() {
    return scheduler.clock().millis();
  }

  long nowMicros() {
    return LogEvent.micros(scheduler.clock().instant());
  }
}
