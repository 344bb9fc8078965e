package org.impetusmta.module.cidrdb;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.impetusmta.api.config.Cidr;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a lookup in a list of a million blocks costs, the address just made, as that of a connection
 * is; the memory of a block is printed once.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-Xmx1g")
public class PrefixTableBench {
  private static final int BLOCKS = 1_000_000;
  private static final int ADDRESSES = 1 << 16;

  /** The family. */
  @Param({"false", "true"})
  public boolean ipv6;

  /** Whether the addresses are in blocks of the list; else they are any, few of them in one. */
  @Param({"false", "true"})
  public boolean listed;

  private Blocks blocks;
  private byte[] octets = {};
  private byte[] address = {};
  private int next;

  @Setup
  public void prepare() {
    Random random = new Random(4711);
    Blocks.Builder builder = new Blocks.Builder();
    ByteBuffer starts = ByteBuffer.allocate(BLOCKS * Long.BYTES);
    for (int i = 0; i < BLOCKS; i++) {
      Cidr block =
          ipv6
              ? new Cidr(true, 0x2000000000000000L | random.nextLong() >>> 3, 0, 48 + i % 17)
              : new Cidr(false, 0, random.nextInt() & 0xffff_ffffL, 20 + i % 13);
      builder.add(block, "127.0.0." + i % 10);
      starts.putLong(PrefixTable.high(block));
    }
    blocks = builder.build();
    System.out.printf("%d octets a block%n", blocks.octets() / blocks.entries());
    address = new byte[ipv6 ? 16 : 4];
    octets = new byte[ADDRESSES * address.length];
    random.nextBytes(octets);
    for (int i = 0; i < ADDRESSES; i++) {
      int at = i * address.length;
      if (listed) {
        starts.get(random.nextInt(BLOCKS) * Long.BYTES, octets, at, ipv6 ? 8 : 4);
      } else if (ipv6) {
        octets[at] = (byte) (0x20 | octets[at] & 0x1f);
      }
    }
  }

  /** What of it is due to the address. */
  @Benchmark
  public InetAddress address() throws UnknownHostException {
    System.arraycopy(octets, (next++ & ADDRESSES - 1) * address.length, address, 0, address.length);
    return InetAddress.getByAddress(address);
  }

  @Benchmark
  public Optional<String> lookup() throws UnknownHostException {
    return blocks.find(address());
  }
}
