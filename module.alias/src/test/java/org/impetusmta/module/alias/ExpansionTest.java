package org.impetusmta.module.alias;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.message.Address;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What comes out of a table of aliases. */
class ExpansionTest {
  private static List<Address> addresses(String text) {
    return text.isBlank()
        ? List.of()
        : Arrays.stream(text.strip().split(" +"))
            .map(name -> Address.of(name.contains("@") ? name : name + "@x"))
            .toList();
  }

  private static Map<Address, List<Address>> table(String text) {
    Map<Address, List<Address>> table = new HashMap<>();
    for (String line : text.split(";")) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        table.put(
            addresses(line.substring(0, colon)).getFirst(), addresses(line.substring(colon + 1)));
      }
    }
    return table;
  }

  private static Expansion.Aliases now(Map<Address, List<Address>> table) {
    return address -> CompletableFuture.completedStage(table.getOrDefault(address, List.of()));
  }

  private static Expansion.Aliases later(Map<Address, List<Address>> table) {
    return address -> {
      CompletableFuture<List<Address>> answer = new CompletableFuture<>();
      Thread.ofVirtual().start(() -> answer.complete(table.getOrDefault(address, List.of())));
      return answer;
    };
  }

  private static Optional<List<Address>> get(CompletionStage<Optional<List<Address>>> stage)
      throws Exception {
    return stage.toCompletableFuture().get();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # the table, what a becomes; empty: it stays
          ''             |
          b: c           |
          a: b           | b
          a: b c         | b c
          a: b b         | b
          a: b; b: c     | c
          a: b c; b: d e | c d e
          a: b; b: c; c: d; d: e | e
          a: a           |
          a: a b         | b
          a: b; b: a     |
          a: b; b: a c   | c
          a: b; b: c; c: b |
          a: b c; b: c   | c
          a: b@X b@x     | b@X
          a: a@X         |
          """)
  void expands(String table, String expected) throws Exception {
    Map<Address, List<Address>> aliases = table(table);
    Optional<List<Address>> wanted =
        expected == null ? Optional.empty() : Optional.of(addresses(expected));
    Address a = new Address("a", "x");
    assertThat(get(Expansion.of(a, now(aliases)))).isEqualTo(wanted);
    assertThat(get(Expansion.of(a, later(aliases)))).isEqualTo(wanted);
  }

  @Test
  void aLongChainDoesNotFillTheStack() throws Exception {
    Expansion.Aliases chain =
        address -> {
          int number = Integer.parseInt(address.localpart());
          return CompletableFuture.completedStage(
              number == 999 ? List.of() : List.of(new Address(Integer.toString(number + 1), "x")));
        };
    assertThat(get(Expansion.of(new Address("0", "x"), chain)))
        .contains(List.of(new Address("999", "x")));
    assertThat(Expansion.of(new Address("-1", "x"), chain).toCompletableFuture())
        .failsWithin(Duration.ZERO)
        .withThrowableOfType(ExecutionException.class)
        .withCauseInstanceOf(DatasourceException.class);
  }

  @Test
  void moreThanThereMayBe() {
    List<Address> many =
        IntStream.rangeClosed(0, Expansion.MOST)
            .mapToObj(i -> new Address(Integer.toString(i), "x"))
            .toList();
    assertThat(
            Expansion.of(new Address("a", "x"), address -> CompletableFuture.completedStage(many))
                .toCompletableFuture())
        .failsWithin(Duration.ZERO)
        .withThrowableOfType(ExecutionException.class)
        .withMessageContaining("more than 1000");
  }

  @Test
  void whatFailsOnTheWayFailsAltogether() {
    Expansion.Aliases aliases =
        address ->
            address.localpart().equals("a")
                ? CompletableFuture.completedStage(addresses("b c"))
                : CompletableFuture.failedStage(new DatasourceException("gone"));
    assertThat(Expansion.of(new Address("a", "x"), aliases).toCompletableFuture())
        .failsWithin(Duration.ZERO)
        .withThrowableOfType(ExecutionException.class)
        .withMessageContaining("gone");
  }
}
