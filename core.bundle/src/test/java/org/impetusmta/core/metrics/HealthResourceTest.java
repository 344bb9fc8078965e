package org.impetusmta.core.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.http.HttpAnswer;
import org.impetusmta.api.http.HttpRequest;
import org.impetusmta.api.metrics.HealthCheck;
import org.junit.jupiter.api.Test;

/** Whether the server is fit, by HTTP. */
class HealthResourceTest {
  private final HealthResource health = new HealthResource();
  private volatile String problem = "";

  private record Asked(String path) implements HttpRequest {
    @Override
    public String method() {
      return "GET";
    }

    @Override
    public List<String> parameters(String name) {
      return List.of();
    }

    @Override
    public Optional<String> header(String name) {
      return Optional.empty();
    }

    @Override
    public InputStream body() {
      return InputStream.nullInputStream();
    }

    @Override
    public long bodyLength() {
      return 0;
    }

    @Override
    public String remote() {
      return "";
    }

    @Override
    public String listen() {
      return "";
    }

    @Override
    public Optional<String> user() {
      return Optional.empty();
    }
  }

  private String ask(String path) throws Exception {
    HttpAnswer answer = health.answer(new Asked(path));
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    answer.content().writeTo(text);
    return answer.status() + " " + text.toString(StandardCharsets.UTF_8).strip();
  }

  @Test
  void reasonsMakeTheServerUnfitAsLongAsTheyLast() throws Exception {
    HealthCheck check =
        new HealthCheck() {
          @Override
          public String part() {
            return "spool";
          }

          @Override
          public Optional<String> problem() {
            return Optional.of(problem).filter(text -> !text.isEmpty());
          }
        };
    health.add(check);
    assertThat(ask("/health")).isEqualTo("200 {\"live\":true,\"ready\":true,\"reasons\":{}}");
    problem = "the disk \"full\"";
    String unfit =
        "{\"live\":true,\"ready\":false,\"reasons\":{\"spool\":\"the disk \\\"full\\\"\"}}";
    assertThat(ask("/health")).isEqualTo("503 " + unfit);
    assertThat(ask("/health/live")).isEqualTo("200 " + unfit);
    assertThat(ask("/health/other")).startsWith("404 ");
    health.remove(check);
    assertThat(ask("/health")).startsWith("200 ");
  }
}
