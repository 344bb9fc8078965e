package org.impetusmta.api.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ContextTest {
  private final Context context = new Context();

  @Test
  void keysKeepTheOrderInWhichTheyWereFirstSet() {
    for (int i = 0; i < 20; i++) {
      context.set("k" + i, "v" + i);
    }
    context.set("k3", "again");
    context.remove("k0");
    assertThat(context.size()).isEqualTo(19);
    assertThat(context.get("k3")).contains("again");
    assertThat(context.get("k0")).isEmpty();
    context.set("k1" + "Aa".strip(), "1");
    assertThat(context.get("k1BB")).as("another of the same hash").isEmpty();
    context.remove("k1Aa");
    assertThat(context.asMap().keySet()).startsWith("k1", "k2", "k3").endsWith("k19");
  }

  @Test
  void aSnapshotIsAMapThatDoesNotChange() {
    context.set("a", "1");
    context.set("b", "2");
    Map<String, String> map = context.asMap();
    context.set("a", "3");
    context.remove("b");
    assertThat(map).isEqualTo(Map.of("a", "1", "b", "2")).hasToString("{a=1, b=2}").hasSize(2);
    assertThat(map).hasSameHashCodeAs(Map.of("a", "1", "b", "2"));
    assertThat(map.get("b")).isEqualTo("2");
    assertThat(map.containsKey("c")).isFalse();
    List<String> visited = new ArrayList<>();
    map.forEach((key, value) -> visited.add(key + value));
    assertThat(visited).containsExactly("a1", "b2");
    assertThatThrownBy(() -> map.put("c", "3")).isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(map::clear).isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void aCopyGoesItsOwnWay() {
    context.set("a", "1");
    Context copy = context.copy();
    copy.set("a", "2");
    copy.set("b", "3");
    assertThat(context.asMap()).isEqualTo(Map.of("a", "1"));
    context.clear();
    assertThat(context.asMap()).isEmpty();
    assertThat(copy.size()).isEqualTo(2);
  }

  @Test
  void copiesAndSnapshotsGoTheirOwnWays() {
    Context context = new Context();
    for (int i = 0; i < 6; i++) {
      context.set("k" + i, "v" + i);
    }
    Map<String, String> snapshot = context.asMap();
    Context copy = context.copy();
    assertThat(context.asMap()).isSameAs(snapshot);
    assertThat(copy.isChanged()).isFalse();
    context.set("k0", "v0");
    assertThat(context.asMap()).isSameAs(snapshot);
    copy.set("k1", "copy");
    copy.set("more", "copy");
    context.set("k2", "own");
    context.remove("k3");
    context.set("last", "own");
    assertThat(snapshot)
        .containsExactly(
            entry("k0", "v0"),
            entry("k1", "v1"),
            entry("k2", "v2"),
            entry("k3", "v3"),
            entry("k4", "v4"),
            entry("k5", "v5"));
    assertThat(copy.asMap())
        .containsExactly(
            entry("k0", "v0"),
            entry("k1", "copy"),
            entry("k2", "v2"),
            entry("k3", "v3"),
            entry("k4", "v4"),
            entry("k5", "v5"),
            entry("more", "copy"));
    assertThat(context.asMap())
        .containsExactly(
            entry("k0", "v0"),
            entry("k1", "v1"),
            entry("k2", "own"),
            entry("k4", "v4"),
            entry("k5", "v5"),
            entry("last", "own"));
    copy.clear();
    assertThat(copy.asMap()).isEmpty();
    assertThat(context.size()).isEqualTo(6);
  }
}
