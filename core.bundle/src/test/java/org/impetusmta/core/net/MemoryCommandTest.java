package org.impetusmta.core.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.impetusmta.api.console.Console;
import org.impetusmta.core.console.TestConsole;
import org.junit.jupiter.api.Test;

/** The shape of console_commands.memory. */
final class MemoryCommandTest {
  private final Console.Session console =
      TestConsole.of(
          new MemoryCommand(
              () ->
                  new MemoryCommand.Snapshot(
                      List.of(
                          new MemoryCommand.Pieces("buffer:direct", 4, -1, -1, 4096),
                          new MemoryCommand.Pieces("thread", 12, 15, 101, -1)),
                      List.of(
                          new MemoryCommand.Octets("heap:g1_old_gen", 16384, 16385),
                          new MemoryCommand.Octets("netty:direct", 113, -1)),
                      Optional.of(115_417_088L),
                      522_000_000L)));

  @Test
  void shape() {
    assertThat(console.execute("memory").text())
        .isEqualTo(
            """
                                    memory   buf  active  peak    allocd    current
                                    type     size objects objects objects   bytes
            ------------------------------ ------ ------- ------- ------- ---------
                             buffer:direct   1024       4       -       -      4096
                                    thread      -      12      15     101         -
            ------------------------------ ------ ------- ------- ------- ---------
                                                                               4096

                   memory                  current     peak
                   type                    bytes       bytes
            ------------------------------ ----------- -----------
                   heap:g1_old_gen         16384       16385
                   netty:direct            113         -
            ------------------------------ ----------- -----------
                                           16497
            RSS:            20480                    20,480   0.00%
            System RSS:     115417088           115,417,088  22.11%
            """);
  }

  @Test
  void oneType() {
    assertThat(console.execute("memory thread --json").text())
        .isEqualTo(
            "{\"objects\":[{\"type\":\"thread\",\"active\":12,\"peak\":15,\"allocated\":101}]}\n");
    assertThat(console.execute("xml memory netty:direct").text())
        .isEqualTo("<Memory><types><type>netty:direct</type><bytes>113</bytes></types></Memory>\n");
    assertThat(console.execute("memory none").ok()).isFalse();
    assertThat(console.execute("memory a b").ok()).isFalse();
  }

  @Test
  void thisProcess() {
    String text = TestConsole.of(new MemoryCommand()).execute("memory").text();
    assertThat(text).contains("heap:", "jvm:metaspace", "thread", "RSS:");
  }
}
