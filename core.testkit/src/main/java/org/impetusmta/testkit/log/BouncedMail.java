package org.impetusmta.testkit.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.impetusmta.api.bounce.BounceClass;
import org.impetusmta.api.bounce.BounceClassifier;
import org.impetusmta.api.bounce.BounceReport;
import org.impetusmta.api.bounce.Classified;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Reply;
import org.impetusmta.testkit.Inventory;
import org.impetusmta.testkit.mx.OutboundMessage;

/**
 * Mail that bounced, as loggers of bounces are told, and what the manual says of their records. All
 * failures are timeouts; what came back is what the test says.
 */
public final class BouncedMail implements BounceClassifier {
  private static final long MICROS = 1_064_868_656_000_000L;

  /** When the test begins, milliseconds since 1970; the heartbeat comes a minute later. */
  public static final long BEGIN = 1_251_222_268_000L;

  public final OutboundMessage message =
      OutboundMessage.to("johndoe@example.fict", "x".repeat(1223))
          .from(Address.of("info@postalengine.com"));

  /** What mail that came back is taken for. */
  public BounceClass reported = BounceClass.AUTO_REPLY;

  @Override
  public Classified classify(Reply reply, Stage stage, String domain) {
    assertThat(domain).isEqualTo("example.fict");
    return new Classified(BounceClass.TIMEOUT, "");
  }

  @Override
  public Classified classify(BounceReport report) {
    return new Classified(reported, "");
  }

  @Override
  public void forget() {}

  /** An attempt that failed. */
  public LogEvent.Failure failure(boolean permanent, String reply) {
    return new LogEvent.Failure(
        MICROS,
        permanent,
        message,
        "example.fict",
        0,
        "group-a",
        "binding-a",
        Stage.RCPT_TO,
        0,
        Optional.of("10.0.0.1"),
        Reply.parse(reply));
  }

  /** Mail that came back. */
  public static LogEvent.OutOfBandBounce report(Optional<String> original) {
    return new LogEvent.OutOfBandBounce(
        MICROS,
        OutboundMessage.to("info@postalengine.com", "x".repeat(77)).from(Address.NULL),
        new BounceReport(original, Optional.empty(), "", ""),
        "group-a",
        "binding-a");
  }

  /**
   * Compares the records B, T and M1 with what the inventory says of each field; says how many
   * fields that were.
   *
   * @param log its name in the inventory
   * @param replies of the records B and T
   * @param last name and value of the field behind the others
   */
  public int compare(
      String log, List<String> lines, Map<String, String> replies, Map.Entry<String, String> last)
      throws IOException {
    int most = last.getValue().isEmpty() ? 16 : 17;
    Map<String, String[]> records = new HashMap<>();
    for (String line : lines) {
      String[] fields = line.split("@", most);
      records.put(fields[4], fields);
    }
    assertThat(records).containsOnlyKeys("B", "T", "M1");
    Map<String, String> values =
        Map.ofEntries(
            last,
            Map.entry("timestamp", "1064868656"),
            Map.entry("message_id", message.id().toString()),
            Map.entry("batch_id", message.batchId().toString()),
            Map.entry("connection_id", message.connectionId().toString()),
            Map.entry("rcpt_localpart", "johndoe"),
            Map.entry("rcpt_domain", "example.fict"),
            Map.entry("sender_localpart", "info"),
            Map.entry("sender_domain", "postalengine.com"),
            Map.entry("binding_group", "group-a"),
            Map.entry("binding", "binding-a"),
            Map.entry("stage", "4"),
            Map.entry("bounce_code", "24"),
            Map.entry("size", Integer.toString(message.size())),
            Map.entry("remote_ip", "10.0.0.1"));
    int rows = 0;
    for (String[] cells : Inventory.rows("log_formats.tsv")) {
      if (!cells[0].equals(log)) {
        continue;
      }
      rows++;
      String found = Objects.requireNonNull(records.get(cells[1]))[Integer.parseInt(cells[2])];
      String expected =
          switch (cells[3]) {
            case "type" -> cells[1];
            case "reply" -> replies.get(cells[1]);
            case "timestamp" -> cells[1].equals("M1") ? "1251222328" : "1064868656";
            default -> values.get(cells[3]);
          };
      assertThat(found).as(String.join(" ", cells)).isEqualTo(expected);
    }
    return rows;
  }
}
