package org.impetusmta.bounce;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.impetusmta.api.bounce.BounceClass;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Reply;
import org.junit.jupiter.api.Test;

/**
 * Realistic replies with the class that a person gives them. The rules were tuned with {@code
 * tuning.tsv}; of {@code heldout.tsv} only the share was ever looked at.
 */
final class AccuracyTest {
  private final RuleSet rules = RuleClassifier.rules("smtp.rules");

  private record Sample(int code, String reply) {}

  private static List<Sample> samples(String resource) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(AccuracyTest.class.getResourceAsStream(resource))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(line -> line.split("\t", 2))
          .map(cells -> new Sample(Integer.parseInt(cells[0]), cells[1]))
          .toList();
    }
  }

  private List<String> misses(List<Sample> samples) {
    List<String> misses = new ArrayList<>();
    for (Sample sample : samples) {
      Reply reply = Reply.parse(sample.reply());
      var found = rules.classify(reply.code(), reply.enhanced(), Stage.UNKNOWN, reply.text());
      int code = found.map(f -> f.bounceClass().code()).orElse(BounceClass.UNDETERMINED.code());
      if (code != sample.code()) {
        misses.add(
            "%d, not %d: %s%n    by %s"
                .formatted(
                    code, sample.code(), sample.reply(), found.map(f -> f.rule()).orElse("-")));
      }
    }
    return misses;
  }

  @Test
  void everyReplyThatTheRulesWereTunedWith() throws IOException {
    assertThat(String.join("\n", misses(samples("tuning.tsv")))).isEmpty();
  }

  @Test
  void atLeastNineInTenOfThoseThatTheyWereNot() throws IOException {
    List<Sample> samples = samples("heldout.tsv");
    List<String> misses = misses(samples);
    System.out.println("held out: " + misses.size() + " missed of " + samples.size());
    assertThat(misses.size()).isLessThanOrEqualTo(samples.size() / 10);
  }
}
