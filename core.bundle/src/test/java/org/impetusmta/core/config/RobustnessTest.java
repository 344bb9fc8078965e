package org.impetusmta.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.core.config.option.OptionCatalog;
import org.impetusmta.core.config.option.SampleOptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the input: a configuration or a ConfigException that says where, and it ends. */
class RobustnessTest {
  private static final List<String> PIECES =
      List.of(
          "a",
          "domain",
          "x.com",
          "=",
          "{",
          "}",
          "(",
          ")",
          "[",
          "]",
          ",",
          "\"",
          "'",
          "\\",
          "#",
          "/*",
          "*/",
          "\n",
          " ",
          "\t",
          "include",
          "readonly_include",
          "\"q r\"",
          "esmtp_listener",
          "listen",
          ":25",
          "peer",
          "10.0.0.0/8",
          "idle_time",
          "300",
          "binding",
          "b",
          "\r\n",
          "\0",
          "é",
          "\uFEFF",
          "mail_loop",
          "max_received_headers",
          "1K",
          "\"/(/\"",
          "\uD800");

  private static final OptionCatalog CATALOG = SampleOptions.catalog();
  private static final Pattern POSITION = Pattern.compile("f:\\d+:\\d+: .*", Pattern.DOTALL);

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void anyInputIsReadOrRefused(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 5_000; round++) {
      StringBuilder text = new StringBuilder();
      int length = random.nextInt(60);
      for (int i = 0; i < length; i++) {
        text.append(PIECES.get(random.nextInt(PIECES.size())));
        text.append(random.nextBoolean() ? " " : "");
      }
      read(text.toString());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {5, 6})
  void aDamagedConfigurationIsReadOrRefused(long seed) {
    String sound =
        """
        Message_Expiration = 86400 # one day
        /* a group */
        Binding_Group "g" { Binding b { Domain "/x$/" { Gateway = "[::1]:25" } } }
        Esmtp_Listener {
          Idle_Time = 300
          Listen ":25" { Relay_Hosts = ( "10.0.0.0/8" ::1 ) Context = [ a = b ] }
        }
        mail_loop { max_received_headers = 5 }
        """;
    Random random = new Random(seed);
    for (int round = 0; round < 5_000; round++) {
      StringBuilder text = new StringBuilder(sound);
      for (int i = random.nextInt(4); i >= 0 && !text.isEmpty(); i--) {
        int at = random.nextInt(text.length());
        switch (random.nextInt(3)) {
          case 0 -> text.deleteCharAt(at);
          case 1 -> text.insert(at, PIECES.get(random.nextInt(PIECES.size())));
          default -> text.setLength(at + 1);
        }
      }
      read(text.toString());
    }
  }

  private static void read(String text) {
    try {
      ConfigScope root = new ConfigParser(new ConfigFiles(List.of())).parse("f", text).root();
      ConfigView view = new ConfigView(CATALOG, root);
      String printed = String.join("\n", view.show(ConfigPath.GLOBAL, true));
      ConfigScope again = new ConfigParser(new ConfigFiles(List.of())).parse("g", printed).root();
      // printed lines end as the system's do
      assertThat(text.contains("\r") || again.equals(root)).as(text).isTrue();
      ConfigValidator.validate(root, CATALOG);
    } catch (ConfigException e) {
      assertThat(String.valueOf(e.getMessage()).lines().findFirst().orElse(""))
          .as(text)
          .matches(POSITION);
    } catch (RuntimeException | StackOverflowError e) {
      fail("on " + text, e);
    }
  }
}
