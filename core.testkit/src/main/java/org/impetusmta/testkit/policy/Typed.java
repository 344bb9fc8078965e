package org.impetusmta.testkit.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.console.Report;

/**
 * A console command that a test types.
 *
 * @param lines what people read
 * @param values what programs read
 */
public record Typed(List<String> lines, Map<String, Object> values) {
  /** Runs {@code command} with these words. */
  public static Typed run(ConsoleCommand command, String... words) throws ConsoleException {
    List<String> lines = new ArrayList<>();
    List<Report> reports = new ArrayList<>();
    command.run(
        new ConsoleInvocation() {
          @Override
          public List<String> arguments() {
            return List.of(words);
          }

          @Override
          public String text() {
            return String.join(" ", words);
          }

          @Override
          public void println(String line) {
            lines.add(line);
          }

          @Override
          public void print(Report report) {
            reports.add(report);
            lines.addAll(report.lines());
          }

          @Override
          public String session() {
            return "test";
          }

          @Override
          public <T> Optional<T> kept(Class<T> type) {
            return Optional.empty();
          }

          @Override
          public <T> void keep(Class<T> type, T value) {}

          @Override
          public void forget(Class<?> type) {}
        });
    return new Typed(lines, reports.isEmpty() ? Map.of() : reports.getLast().values());
  }
}
