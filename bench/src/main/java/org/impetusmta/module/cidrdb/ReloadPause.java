package org.impetusmta.module.cidrdb;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Whether those who ask a list of a million blocks notice that it is read anew: the longest time
 * between two answers to one thread, while nothing is read and while reading never ends; {@code
 * ReloadPause [SECONDS]}. What the machine itself does to a thread is in both. Run it with the
 * flags of {@code bin/ecelerity}.
 */
public final class ReloadPause {
  private static final int BLOCKS = 1_000_000;
  private static final int ROUNDS = 3;

  private volatile Blocks blocks = Blocks.NONE;
  private volatile boolean reading;
  private volatile boolean ended;
  private volatile int readings;

  private ReloadPause() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    int seconds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 10;
    Path file = Files.createTempFile("blocks", ".zone");
    try {
      write(file);
      new ReloadPause().run(file, seconds);
    } finally {
      Files.delete(file);
    }
  }

  private static void write(Path file) throws IOException {
    Random random = new Random(4711);
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      out.write("$DATASET ip4trie @\n");
      for (int i = 0; i < BLOCKS; i++) {
        int address = random.nextInt();
        out.write(
            "%d.%d.%d.0/24 :127.0.0.%d:\n"
                .formatted(
                    address >>> 24, address >>> 16 & 0xff, address >>> 8 & 0xff, 2 + i % 10));
      }
    }
  }

  private void run(Path file, int seconds) throws IOException, InterruptedException {
    blocks = read(file);
    Thread reader = Thread.ofPlatform().daemon(true).start(() -> readForEver(file));
    ask(TimeUnit.SECONDS.toNanos(seconds)); // warms up
    for (int round = 0; round < ROUNDS; round++) {
      for (boolean beside : new boolean[] {false, true}) {
        reading = beside;
        int before = readings;
        String answers = ask(TimeUnit.SECONDS.toNanos(seconds));
        System.out.printf(
            "%s: %s, %d times read%n",
            beside ? "while it is read" : "alone", answers, readings - before);
      }
    }
    ended = true;
    reader.join();
  }

  private static Blocks read(Path file) throws IOException {
    try (BufferedReader in = Files.newBufferedReader(file)) {
      return RbldnsdFile.read(in, false, "bench");
    }
  }

  private void readForEver(Path file) {
    try {
      while (!ended) {
        if (reading) {
          blocks = read(file);
          readings++;
        } else {
          TimeUnit.MILLISECONDS.sleep(1);
        }
      }
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private String ask(long nanos) throws IOException {
    Random random = new Random(1);
    byte[] octets = new byte[4];
    long found = 0;
    long count = 0;
    long longest = 0;
    long over = 0;
    long begun = System.nanoTime();
    long last = begun;
    while (last - begun < nanos) {
      random.nextBytes(octets);
      Optional<String> answer = blocks.find(InetAddress.getByAddress(octets));
      found += answer.isPresent() ? 1 : 0;
      long now = System.nanoTime();
      longest = Math.max(longest, now - last);
      over += now - last > 1_000_000 ? 1 : 0;
      last = now;
      count++;
    }
    return "%,d answers a second (%d %% found), the longest after %.1f ms, %d after more than 1 ms"
        .formatted(count * 1_000_000_000 / nanos, 100 * found / count, longest / 1e6, over);
  }
}
