package org.impetusmta.module.http_logger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.testkit.Inventory;
import org.impetusmta.testkit.io.FileWrappers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The line is that of the manual's example, field by field. */
final class HttpLoggerTest {
  @TempDir Path folder;

  private String line(boolean micros, LogEvent.HttpExchange event) throws Exception {
    Path file = folder.resolve("log/httplog.ec");
    HttpLogger logger =
        new HttpLogger(
            new HttpLogger.Options("file://" + file),
            "http_logger",
            new FileWrappers(),
            () -> Instant.ofEpochSecond(1),
            micros);
    logger.logHttpRequest(event);
    logger.close();
    List<String> lines = Files.readAllLines(file);
    return lines.getLast();
  }

  private static LogEvent.HttpExchange event(String method, String path, String version) {
    return new LogEvent.HttpExchange(
        1398088802_123456L,
        "10.77.0.158:18906",
        "*:2081",
        method,
        path,
        version,
        500,
        332,
        1_045_000);
  }

  @Test
  void the_line_of_the_manual() throws Exception {
    assertThat(line(false, event("POST", "/api/v1/transmissions", "HTTP/1.0")))
        .isEqualTo(
            "1398088802 10.77.0.158:18906 *:2081 \"POST /api/v1/transmissions HTTP/1.0\" 500 332"
                + " 1045.000");
    assertThat(line(true, event("GET", "/", "HTTP/1.1"))).startsWith("1398088802123456 ");
  }

  @Test
  void every_field_of_the_inventory_is_in_its_place() throws Exception {
    List<String[]> rows =
        Inventory.rows("log_formats.tsv").stream().filter(row -> row[0].equals("httplog")).toList();
    String[] fields = line(false, event("POST", "/api", "HTTP/1.0")).replace("\"", "").split(" ");
    assertThat(rows).hasSize(fields.length);
    for (String[] row : rows) {
      assertThat(fields[Integer.parseInt(row[2])])
          .as(row[3])
          .isEqualTo(
              switch (row[3]) {
                case "timestamp" -> "1398088802";
                case "remote" -> "10.77.0.158:18906";
                case "local" -> "*:2081";
                case "method" -> "POST";
                case "path" -> "/api";
                case "http_version" -> "HTTP/1.0";
                case "status" -> "500";
                case "bytes" -> "332";
                case "duration" -> "1045.000";
                default -> "a field that this test does not know";
              });
    }
  }

  @Test
  void what_a_client_writes_forges_no_line_and_no_field() throws Exception {
    String line =
        line(false, event("GE\" T", "/a b\"\r\n1398088802 x \"\u2028\\", "HTTP/1.1\u0000"));
    assertThat(line).doesNotContain("\r", "\n", "\u2028", "\u0000");
    assertThat(line.split(" ")).hasSize(9);
    assertThat(line.chars().filter(c -> c == '"')).hasSize(2);
  }

  @Test
  void a_client_of_a_unix_socket_has_a_hyphen() throws Exception {
    assertThat(
            line(
                false,
                new LogEvent.HttpExchange(0, "", "/run/http", "GET", "/", "HTTP/1.1", 0, 0, 7)))
        .isEqualTo("0 - /run/http \"GET / HTTP/1.1\" 0 0 0.007");
  }

  @Test
  void a_log_that_cannot_be_opened_is_refused() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThatThrownBy(
            () ->
                new HttpLogger(
                    new HttpLogger.Options(file + "/httplog.ec"),
                    "http_logger",
                    new FileWrappers(),
                    Instant::now,
                    false))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("log = ");
  }

  @Test
  void the_default_is_that_of_the_manual() {
    assertThat(
            HttpLogger.Options.class.getRecordComponents()[0].getAnnotation(Option.class).value())
        .isEqualTo("file:///var/log/ecelerity/httplog.ec");
  }
}
