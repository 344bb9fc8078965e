package org.impetusmta.spool.hashed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.spool.SpoolException;
import org.impetusmta.spool.EncodedBody;
import org.impetusmta.spool.journal.EnvelopeCodec;
import org.impetusmta.spool.offline.Findings;
import org.impetusmta.spool.offline.Findings.Fault;
import org.impetusmta.spool.offline.OfflineSpool;
import org.impetusmta.spool.offline.StoredMessage;

/** The files of the hashed engine, read only. Thread-safety: none. */
public final class OfflineHashed implements OfflineSpool {
  /** The folder below SpoolBase. */
  public static final String FOLDER = HashedLayout.FOLDER;

  private final HashedLayout layout;
  private final EnvelopeCodec codec = new EnvelopeCodec();

  public OfflineHashed(Path base) {
    this.layout = new HashedLayout(base);
  }

  @Override
  public void scan(Findings findings) throws IOException {
    IdOrder ids = new IdOrder();
    layout.walk((_, files) -> folder(files, ids, findings));
    ids.sort();
    for (int i = 0; i < ids.size(); i++) {
      message(ids.get(i), findings);
    }
  }

  private static void folder(List<Path> files, IdOrder ids, Findings findings) {
    Set<String> names = new HashSet<>();
    files.forEach(file -> names.add(file.getFileName().toString()));
    for (Path file : files) {
      Optional<MessageId> id = HashedLayout.id(file);
      String name = file.getFileName().toString();
      if (id.isEmpty()) {
        findings.fault(Fault.ORPHAN, file.toString(), "no file of the spool");
      } else if (name.endsWith(HashedLayout.META)) {
        ids.add(id.get());
      } else if (name.endsWith(HashedLayout.NEW)) {
        findings.fault(
            Fault.ORPHAN, id.get().toString(), "metadata whose writing was cut short: " + file);
      } else if (!names.contains(HashedLayout.name(id.get()) + HashedLayout.META)) {
        findings.fault(Fault.ORPHAN, id.get().toString(), "a body without metadata: " + file);
      }
    }
  }

  private void message(MessageId id, Findings findings) throws IOException {
    Path data = layout.file(id, HashedLayout.DATA);
    Path file = layout.file(id, HashedLayout.META);
    MetaFile meta;
    try {
      meta = MetaFile.read(file, id, codec);
    } catch (NoSuchFileException e) {
      return; // a server removed it meanwhile
    } catch (SpoolException e) {
      findings.fault(Fault.META, id.toString(), String.valueOf(e.getMessage()));
      return;
    }
    findings.message(
        new StoredMessage(
            meta.envelope(), meta.state(), meta.data().length(), () -> body(data, meta)));
  }

  private static EncodedBody body(Path data, MetaFile meta) throws IOException {
    try {
      return new EncodedBody(
          HashedSpool.body(data, meta.data()), meta.data().encoding(), meta.data().length());
    } catch (NoSuchFileException e) {
      SpoolException missing = new SpoolException("the body is missing: there is no " + data);
      missing.initCause(e);
      throw missing;
    }
  }

  /** Whether there is a message, or something that might be one. Blocks. */
  public boolean holdsMail() throws IOException {
    if (!Files.isDirectory(layout.root())) {
      return false;
    }
    boolean[] any = {false};
    layout.walk(
        (_, files) ->
            any[0] |= files.stream().anyMatch(f -> f.toString().endsWith(HashedLayout.META)));
    return any[0];
  }
}
