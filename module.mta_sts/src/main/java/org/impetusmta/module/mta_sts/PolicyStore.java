package org.impetusmta.module.mta_sts;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.impetusmta.module.mta_sts.StsPolicy.InvalidPolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Policies on disk, so that a restart forgets none: one file for each domain in {@code
 * mta_sts_policy_store}, named for the domain, with every octet but {@code a-z 0-9 - .} written as
 * {@code %XX}, and {@code .sts} behind it. A file holds
 *
 * <pre>
 * domain: example.com
 * id: 20260101T000000
 * fetched: 1767225600        (seconds since 1970)
 *
 * version: STSv1             (the policy as it was published)
 * …
 * </pre>
 *
 * <p>It is written beside its name and then moved there. A file that cannot be read counts as none.
 * Concurrent; blocks.
 */
final class PolicyStore {
  private static final Logger LOG = LoggerFactory.getLogger(PolicyStore.class);
  private static final String SUFFIX = ".sts";
  private static final int MOST_OCTETS = 2 * PolicyFetcher.MOST_OCTETS;

  private final Path folder;
  private final int most;

  /** Files that were there when they were last counted, and those written since. */
  private final AtomicInteger files = new AtomicInteger();

  private final AtomicInteger serial = new AtomicInteger();

  PolicyStore(Path folder, int most) {
    this.folder = folder;
    this.most = most;
  }

  /**
   * A policy that is kept.
   *
   * @param id that of the TXT record under which it was fetched
   */
  record Kept(String id, StsPolicy policy, long fetchedMillis) {
    long expiresMillis() {
      return fetchedMillis + policy.maxAgeSeconds() * 1000;
    }

    boolean valid(long now) {
      return now < expiresMillis();
    }
  }

  /** The name of a domain's file. */
  static String fileName(String domain) {
    StringBuilder name = new StringBuilder();
    for (byte octet : domain.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (octet & 0xff);
      boolean plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
      if (plain || (c == '.' && !name.isEmpty())) {
        name.append(c);
      } else {
        name.append('%').append(String.format("%02X", (int) c));
      }
    }
    return name.append(SUFFIX).toString();
  }

  /** What is kept for {@code domain}. */
  Optional<Kept> read(String domain) {
    Path file = folder.resolve(fileName(domain));
    try {
      if (Files.size(file) > MOST_OCTETS) {
        throw new IOException("it is too large");
      }
      return Optional.of(parse(domain, Files.readString(file)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException | InvalidPolicy e) {
      LOG.warn("the MTA-STS policy in {} is not used: {}", file, e.toString());
      return Optional.empty();
    }
  }

  private static Kept parse(String domain, String text) throws IOException, InvalidPolicy {
    String[] parts = text.split("\n\n", 2);
    String[] head = parts[0].split("\n", -1);
    if (parts.length != 2
        || head.length != 3
        || !head[0].equals("domain: " + domain)
        || !head[1].matches("id: [A-Za-z0-9]{1,32}")
        || !head[2].matches("fetched: [0-9]{1,12}")) {
      throw new IOException("it does not begin with domain, id, fetched");
    }
    return new Kept(
        head[1].substring(4),
        StsPolicy.parse(parts[1]),
        Long.parseLong(head[2].substring(9)) * 1000);
  }

  /** Keeps a policy. A disk that cannot take it is logged: it is used all the same. */
  void write(String domain, Kept kept) {
    Path file = folder.resolve(fileName(domain));
    try {
      Files.createDirectories(folder);
      boolean fresh = !Files.exists(file);
      if (fresh && files.get() >= most) {
        LOG.warn("{} holds {} policies: that of {} is not kept", folder, most, file.getFileName());
        return;
      }
      String text =
          "domain: %s\nid: %s\nfetched: %d\n\n%s\n"
              .formatted(
                  domain,
                  kept.id(),
                  kept.fetchedMillis() / 1000,
                  String.join("\n", kept.policy().lines()));
      Path beside = folder.resolve(".new-" + serial.incrementAndGet());
      try (FileChannel out =
          FileChannel.open(
              beside,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        ByteBuffer octets = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (octets.hasRemaining()) {
          out.write(octets);
        }
        out.force(true);
      }
      Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      if (fresh) {
        files.incrementAndGet();
      }
    } catch (IOException e) {
      LOG.warn("the MTA-STS policy in {} cannot be kept: {}", file, e.toString());
    }
  }

  /** Removes what has expired and what a crash left half-written; counts the rest. */
  void purge(long now) {
    int count = 0;
    try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
      for (Path file : all) {
        String name = file.getFileName().toString();
        if (name.startsWith(".new-") && now - modified(file) > 60_000) {
          Files.deleteIfExists(file);
        } else if (name.endsWith(SUFFIX)) {
          if (expired(file, now)) {
            Files.deleteIfExists(file);
          } else {
            count++;
          }
        }
      }
      files.set(count);
    } catch (NoSuchFileException | NotDirectoryException e) {
      LOG.debug("there is no {} yet", folder);
    } catch (IOException e) {
      LOG.warn("the MTA-STS policies in {} cannot be looked through: {}", folder, e.toString());
    }
  }

  private static long modified(Path file) throws IOException {
    return Files.getLastModifiedTime(file).toMillis();
  }

  /** One that is no policy has expired. */
  private static boolean expired(Path file, long now) throws IOException {
    if (Files.size(file) > MOST_OCTETS) {
      return true;
    }
    try {
      String text = Files.readString(file);
      String first = text.lines().findFirst().orElse("");
      return !first.startsWith("domain: ") || !parse(first.substring(8), text).valid(now);
    } catch (java.nio.charset.MalformedInputException | InvalidPolicy e) {
      return true;
    } catch (IOException e) {
      return e.getClass() == IOException.class; // not one of those that only the disk makes
    }
  }
}
