package org.impetusmta.spool.hashed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongPredicate;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.spool.Spool.Recovery;
import org.impetusmta.api.spool.Spool.RecoveryListener;
import org.impetusmta.api.spool.SpoolException;
import org.impetusmta.spool.journal.EnvelopeCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands over what earlier processes left, in the order of the times in the ids: first the names of
 * all files are listed, then the metadata is read, one after the other. Bodies are not read, only
 * their lengths compared.
 *
 * <p>What is damaged, or left of a write that a crash cut short, is reported and set aside. What a
 * later version wrote is reported and not touched. Thread-safety: none.
 */
final class HashedRecovery {
  private static final Logger LOG = LoggerFactory.getLogger(HashedRecovery.class);

  private final HashedFiles files;
  private final HashedFigures figures;
  private final LongPredicate young;
  private final EnvelopeCodec codec = new EnvelopeCodec();
  private final IdOrder ids = new IdOrder();
  private long aside;

  /**
   * @param young whether this process stored the message, which is none of recovery's business
   */
  HashedRecovery(HashedFiles files, HashedFigures figures, LongPredicate young) {
    this.files = files;
    this.figures = figures;
    this.young = young;
  }

  /** Lists the messages; returns when the files of new ones need not be told apart any more. */
  void list() throws IOException {
    files.layout().walk(this::folder);
    ids.sort();
  }

  private void folder(Path folder, List<Path> found) {
    Set<String> names = new HashSet<>();
    found.forEach(file -> names.add(file.getFileName().toString()));
    for (Path file : found) {
      Optional<MessageId> id = HashedLayout.id(file);
      if (id.isEmpty()) {
        LOG.warn("{} is no part of the spool; left alone", file);
      } else if (!young.test(id.get().bits())) {
        String name = file.getFileName().toString();
        String meta = HashedLayout.name(id.get()) + HashedLayout.META;
        if (name.equals(meta)) {
          ids.add(id.get());
        } else if (name.endsWith(HashedLayout.NEW)) {
          setAside(file, "metadata of which a crash interrupted the writing");
        } else if (!names.contains(meta)) {
          setAside(file, "a body without metadata, left of a store or removal cut short");
        }
      }
    }
  }

  private void setAside(Path file, String what) {
    aside++;
    try {
      LOG.error("{}: {}; set aside as {}", file, what, files.setAside(file));
    } catch (IOException e) {
      LOG.error("{}: {}; cannot set it aside", file, what, e);
    }
  }

  /** Hands over what was listed. */
  Recovery handOver(RecoveryListener listener) throws IOException {
    long messages = 0;
    for (int i = 0; i < ids.size(); i++) {
      MessageId id = ids.get(i);
      Optional<MetaFile> meta = read(id);
      if (meta.isPresent()) {
        MetaFile m = meta.get();
        messages++;
        figures.recovered.increment();
        listener.recovered(new HashedEntry(id), m.envelope(), m.state(), m.data().length());
      }
    }
    return new Recovery(messages, aside);
  }

  private Optional<MetaFile> read(MessageId id) throws IOException {
    Path data = files.layout().file(id, HashedLayout.DATA);
    Path meta = files.layout().file(id, HashedLayout.META);
    try {
      MetaFile read = files.meta(id, codec);
      long[] body = Changes.sizeAndNames(data);
      if (body[1] > 0 && body[0] == read.data().octets()) {
        figures.diskBytes.add(Files.size(meta) + body[0] / body[1]);
        return Optional.of(read);
      }
      if (Files.exists(meta)) {
        String what =
            body[1] == 0
                ? "its body is missing"
                : "its body has %d octets, not %d".formatted(body[0], read.data().octets());
        setAside(meta, what);
        setAsideBody(data);
      }
    } catch (MetaFile.UnknownVersion e) {
      aside++;
      LOG.error("cannot read the message, which is left as it is", e);
    } catch (NoSuchFileException e) {
      LOG.trace("message {} went while the spool was read", id, e);
    } catch (SpoolException e) {
      setAside(meta, String.valueOf(e.getMessage()));
      setAsideBody(data);
    }
    return Optional.empty();
  }

  private void setAsideBody(Path data) {
    if (Files.exists(data)) {
      try {
        LOG.error("{} set aside as {}", data, files.setAside(data));
      } catch (IOException e) {
        LOG.error("cannot set {} aside", data, e);
      }
    }
  }
}
