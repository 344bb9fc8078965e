package org.impetusmta.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.function.Supplier;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.core.config.option.OptionCatalog;
import org.impetusmta.core.config.option.SampleOptions;
import org.junit.jupiter.api.Test;

/** 200 bindings and 10,000 domains; what it took is printed, not judged. */
class LargeConfigurationTest {
  @Test
  void readsTenThousandDomainsAndTwoHundredBindings() throws Exception {
    StringBuilder text = new StringBuilder("max_outbound_connections = 20\n");
    for (int i = 0; i < 10_000; i++) {
      text.append(
          "Domain \"domain%d.example.com\" {\n  Max_Outbound_Connections = %d\n}\n"
              .formatted(i, i));
    }
    for (int b = 0; b < 200; b++) {
      text.append(
          "Binding \"binding-%d\" {\n  EHLO_Hostname = \"b%d.example.com\"\n".formatted(b, b));
      for (int d = 0; d < 50; d++) {
        text.append(
            "  Domain \"domain%d.example.com\" {\n    Max_Outbound_Connections = %d\n  }\n"
                .formatted(d, b + d));
      }
      text.append("}\n");
    }
    String configuration = text.toString();
    OptionCatalog catalog = SampleOptions.catalog();
    for (int round = 0; round < 3; round++) {
      long start = System.nanoTime();
      ConfigEngine engine = ConfigEngine.ofText(catalog, configuration);
      Duration load = Duration.ofNanos(System.nanoTime() - start);
      start = System.nanoTime();
      try (Transaction change = engine.begin(false)) {
        change.set("binding binding-7 domain domain3.example.com max_outbound_connections 99");
        change.commit();
      }
      Duration set = Duration.ofNanos(System.nanoTime() - start);
      System.out.printf(
          "%,d characters, 20,200 stanzas: loaded in %d ms, one online change in %d ms%n",
          configuration.length(), load.toMillis(), set.toMillis());
      assertThat(at(engine, "binding-7", "domain3.example.com")).isEqualTo(99);
      assertThat(at(engine, "binding-199", "domain49.example.com")).isEqualTo(248);
      assertThat(at(engine, "binding-199", "domain9999.example.com")).isEqualTo(9999);
      if (round == 2) {
        report(
            "a cached options()",
            2_000_000,
            () -> options(engine, "binding-7", "domain3.example.com"));
      }
    }
  }

  private static SampleOptions.Sending options(ConfigEngine engine, String binding, String domain) {
    return engine
        .current()
        .options(SampleOptions.Sending.class, new ScopePath.Sending("default", binding, domain));
  }

  private static int at(ConfigEngine engine, String binding, String domain) {
    return options(engine, binding, domain).maxOutboundConnections();
  }

  private static void report(String what, int times, Supplier<?> action) {
    int found = 0;
    for (int i = 0; i < times / 10; i++) {
      found += action.get().hashCode();
    }
    long start = System.nanoTime();
    for (int i = 0; i < times; i++) {
      found += action.get() == null ? 1 : 0;
    }
    System.out.printf("%s: %d ns (%d)%n", what, (System.nanoTime() - start) / times, found);
  }
}
