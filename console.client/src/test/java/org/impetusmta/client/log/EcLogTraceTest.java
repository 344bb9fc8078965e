package org.impetusmta.client.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is found in three messages and two refusals. */
class EcLogTraceTest {
  private static final String A = "00/00-00001-00000001";
  private static final String B = "00/00-00002-00000001";
  private static final String C = "00/00-00003-00000001";

  private static final String OLD =
      """
      1000000000@@@@M1
      1000000001@%1$s@%1$s@%1$s@R@bob@two.example@ann@one.example@192.0.2.1@201@esmtp@default@default
      1000000002@%1$s@%1$s@%1$s@T@two.example@0@default@default@4@0@1.00@192.0.2.9@451 4.7.1 later @ all
      """
          .formatted(A);

  private static final String NEW =
      """
      1000000100@%1$s@%1$s@%1$s@D@two.example@266@default@default@1@99.393@192.0.2.9
      1000000101@%2$s@%2$s@%2$s@R@x\\x40y@four.example@@@unknown@7@internal@g@b
      1000000102@%2$s@%2$s@%2$s@P@four.example@0@g@b@4@0@1.00@192.0.2.8@550 5.1.1 <none>
      1000000103000000@%3$s@%3$s@%3$s@R@eve@sub.two.example@ann@one.example@192.0.2.2@9@esmtp@g@b
      garbage
      """
          .formatted(A, B, C);

  private static final String REJECTS =
      "1000000050: R=\"192.0.2.7:4000\" L=\"192.0.2.2:25\" C=\"00/00-00004-00000001\""
          + " PATH=\"default\" PATH_GRP=\"default\" P=\"awaiting rcptto\" E=550 M=core"
          + " CTXCONN=[rdnsbl=127.0.0.2,\"a \\\"]b\"=\"c,d\"] CTXMESS=[somehdr=\"failed it\"]"
          + " relaying denied\n"
          + "1000000051: Marker 1\n"
          + "1000000052: R=\"192.0.2.7:4001\" L=\"192.0.2.2:25\" C=\"00/00-00005-00000001\""
          + " PATH=\"default\" PATH_GRP=\"default\" P=\"awaiting rcptto\" E=550 M=core"
          + " CTXCONN=[] CTXMESS=[] R=\"1\" no\n";

  @TempDir
  @SuppressWarnings("NullAway.Init")
  Path folder;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @BeforeEach
  void logs() throws IOException {
    try (OutputStream old =
        new BZip2CompressorOutputStream(
            Files.newOutputStream(folder.resolve("mainlog.ec.1.bz2")))) {
      old.write(OLD.getBytes(StandardCharsets.UTF_8));
    }
    Files.writeString(folder.resolve("mainlog.ec"), NEW);
    try (OutputStream rejects =
        new GZIPOutputStream(Files.newOutputStream(folder.resolve("rejectlog.ec.1.gz")))) {
      rejects.write(REJECTS.getBytes(StandardCharsets.UTF_8));
    }
    Files.writeString(folder.resolve("mainlog.ec.bak"), NEW);
  }

  private String run(int status, String in, String... arguments) {
    out.reset();
    PrintStream to = new PrintStream(out, false, StandardCharsets.UTF_8);
    int found =
        new EcLogTrace(
                new ByteArrayInputStream(in.getBytes(StandardCharsets.UTF_8)),
                to,
                new PrintStream(err, true, StandardCharsets.UTF_8),
                folder)
            .run(arguments);
    to.flush();
    assertThat(found).as(err.toString(StandardCharsets.UTF_8)).isEqualTo(status);
    return out.toString(StandardCharsets.UTF_8);
  }

  private String run(String... arguments) {
    return run(0, "", arguments);
  }

  @Test
  void countsAllByDefault() {
    assertThat(run("--count"))
        .isEqualTo(
            """
            Receptions: 3
            Deliveries: 1
            Transient failures: 1
            Permanent failures: 1
            Rejections: 2
            """);
  }

  @Test
  void printsLinesFromTheOldestOn() {
    assertThat(run("--main").lines())
        .hasSize(6)
        .startsWith("1000000001@" + A + OLD.lines().toList().get(1).substring(31))
        .endsWith(
            "1000000103@"
                + C
                + "@"
                + C
                + "@"
                + C
                + "@R@eve@sub.two.example@ann@one.example@192.0.2.2@9@esmtp@g@b");
  }

  /** Receptions, deliveries, transient and permanent failures. */
  @ParameterizedTest
  @CsvSource({
    "--from=ann@one.example, 2 1 1 0",
    "--from=<ANN@one.example>, 2 1 1 0",
    "--from=<>, 1 0 0 1",
    "--from=nn, 0 0 0 0",
    "--from-regex=^a.n@, 2 1 1 0",
    "--from-domain=one.example, 2 1 1 0",
    "--to=x@y@four.example, 1 0 0 1",
    "--to-domain=two.example, 1 1 1 0",
    "--to-domain-regex=.?two.example$, 2 1 1 0",
    "--to-domain=two.example --to-domain=four.example, 2 1 1 1",
    "--src-ip=192.0.2.2, 1 0 0 0",
    "--src-ip-regex=^192, 2 1 1 0",
    "--from-domain=one.example --src-ip=192.0.2.1, 1 1 1 0",
    "--binding=b, 2 0 0 1",
    "--binding-regex=^d, 1 1 1 0",
    "--binding=default --binding-group=default, 1 1 1 0",
    "--dst-ip=192.0.2.9, 0 1 1 0",
    "--id=00/00-00002-00000001 --id=00/00-00003-00000001, 2 0 0 1",
    "--regex --from=nn@ --to=^bob, 1 1 1 0",
    "--main --start=1000000002 --end=1000000101, 1 1 1 0"
  })
  void finds(String arguments, String counts) {
    String[] words = ("--count " + arguments).split(" ", -1);
    assertThat(run(words).lines().map(line -> line.replaceAll(".*: ", "")))
        .containsExactly(counts.split(" ", -1));
  }

  @Test
  void kinds() {
    assertThat(run("--count", "--in", "--perm"))
        .isEqualTo("Receptions: 3\nPermanent failures: 1\n");
    assertThat(run("--tran").lines()).singleElement().asString().endsWith("@451 4.7.1 later @ all");
    assertThat(run("--out", "--from-domain=one.example").lines()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "--vctx-conn=rdnsbl, 1",
    "--vctx-conn=rdnsbl=127.0.0.2, 1",
    "--vctx-conn=rdnsbl=, 0",
    "'--vctx-conn=a \"]b=c,d', 1",
    "--vctx-mess=somehdr=failed, 0",
    "'--vctx-mess-regex=somehdr=^failed ', 1",
    "--vctx-mess=rdnsbl, 0"
  })
  void findsRejections(String argument, int count) {
    assertThat(run("--count", argument)).isEqualTo("Rejections: " + count + "\n");
  }

  @Test
  void explainsAMessage() {
    assertThat(run("-v", "--perm"))
        .isEqualTo(
            """
            Message 00/00-00002-00000001
              1000000101 reception
                batch_id: 00/00-00002-00000001
                connection_id: 00/00-00002-00000001
                src_ip: unknown
                size: 7
                protocol: internal
                binding_group: g
                binding: b
                to: x@y@four.example
                from:\s
              1000000102 permanent
                batch_id: 00/00-00002-00000001
                connection_id: 00/00-00002-00000001
                domain: four.example
                size: 0
                binding_group: g
                binding: b
                stage: 4
                retries: 0
                queue_time: 1.00
                dst_ip: 192.0.2.8
                reply: 550 5.1.1 <none>

            """);
  }

  @Test
  void dates() {
    assertThat(run("--date", "--out"))
        .containsPattern("^Sun Sep  9 \\d\\d:48:20 2001@")
        .contains("@D@");
  }

  @Test
  void xml() {
    assertThat(run("--xml", "--perm"))
        .startsWith(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<log>\n<permanent time=\"1000000102\"")
        .contains("reply=\"550 5.1.1 &lt;none&gt;\"/>\n</log>\n");
  }

  @Test
  void readsStandardInputAndWritesAFile() throws Exception {
    Path file = folder.resolve("found");
    String[] arguments = {"--in", "--output=" + file, "-"};
    assertThat(run(0, NEW, arguments)).isEmpty();
    run(0, OLD, "--in", "--output=" + file, "--append", "-");
    assertThat(Files.readAllLines(file)).hasSize(3);
    run(0, OLD, arguments);
    assertThat(Files.readAllLines(file)).hasSize(1);
  }

  @Test
  void wrongUsage() {
    run(2, "", "--frm=x");
    run(2, "", "--start=yesterday");
    run(2, "", "--to-regex=(");
    run(2, "", "--append");
    run(1, "", folder.resolve("missing").toString());
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains(
            "unknown option --frm",
            "--start: found \"yesterday\", expected seconds",
            "no regular expression",
            "--append needs --output",
            "missing");
    assertThat(run("--help")).startsWith("usage: ec_log_trace");
  }
}
