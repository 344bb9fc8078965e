package org.impetusmta.listener.esmtp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
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

/** What taking a message's content out of the socket's buffer costs: copy and scan. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ContentReaderBench {
  @Param({"4096", "102400"})
  private int octets;

  private final AtomicLong memory = new AtomicLong();
  private ByteBuf socketBuffer;

  @Setup
  public void prepare() {
    String line = "x".repeat(76) + "\r\n";
    byte[] content =
        (line.repeat(octets / line.length()) + ".\r\n").getBytes(StandardCharsets.US_ASCII);
    socketBuffer = Unpooled.directBuffer(content.length).writeBytes(content);
  }

  @Benchmark
  public boolean read() {
    ByteBuf in = socketBuffer.duplicate();
    return new ContentReader(memory, Long.MAX_VALUE, octets -> true, 0).read(in);
  }
}
