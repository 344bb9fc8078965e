package org.impetusmta.core.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.impetusmta.api.http.HttpAnswer;
import org.impetusmta.api.metrics.HealthCheck;
import org.impetusmta.testkit.http.TestRequest;
import org.junit.jupiter.api.Test;

/** Whether the server is fit, by HTTP. */
class HealthResourceTest {
  private final HealthResource health = new HealthResource();
  private volatile String problem = "";

  private String ask(String path) throws Exception {
    HttpAnswer answer = health.answer(TestRequest.get(path));
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
