package org.impetusmta.core.config.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.config.CidrSet;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.core.config.ConfigEngine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptionTypeTest {
  private static SampleOptions.AllTypes types(String body) throws ConfigException {
    ConfigEngine engine = ConfigEngine.ofText(SampleOptions.catalog(), "types { " + body + " }");
    return engine
        .current()
        .options(
            SampleOptions.AllTypes.class,
            new ScopePath.Within(engine.current().stanzas("types").getFirst()));
  }

  @Test
  void defaultsAreConverted() throws ConfigException {
    SampleOptions.AllTypes defaults = types("");
    assertThat(defaults.bool()).isFalse();
    assertThat(defaults.number()).isEqualTo(7);
    assertThat(defaults.size()).isEqualTo(1024);
    assertThat(defaults.mode()).isEqualTo(0644);
    assertThat(defaults.seconds()).isEqualTo(Duration.ofMinutes(1));
    assertThat(defaults.millis()).isEqualTo(Duration.ofMillis(60));
    assertThat(defaults.text()).isEqualTo("a word");
    assertThat(defaults.level()).isEqualTo(SampleOptions.Level.INFO);
    assertThat(defaults.list()).containsExactly("a", "b");
    assertThat(defaults.dictionary()).isEmpty();
    assertThat(defaults.hosts()).isEqualTo(CidrSet.EMPTY);
    assertThat(defaults.maybe()).isEmpty();
    assertThat(defaults.maybeList()).isEmpty();
  }

  @Test
  void valuesAreConverted() throws ConfigException {
    SampleOptions.AllTypes said =
        types(
            "Bool = Enabled number = 10 size = 3m mode = 0600 seconds = 90 millis = 5 text = ''"
                + " level = very-loud list = ( x \"y z\" ) dictionary = [ k = v ] maybe = -4 hosts"
                + " = ( 10.0.0.0/8, ::1 ) maybe_list = one pattern = \"^\\d$\"");
    assertThat(said.bool()).isTrue();
    assertThat(said.number()).isEqualTo(10);
    assertThat(said.size()).isEqualTo(3 << 20);
    assertThat(said.mode()).isEqualTo(0600);
    assertThat(said.seconds()).isEqualTo(Duration.ofSeconds(90));
    assertThat(said.text()).isEmpty();
    assertThat(said.level()).isEqualTo(SampleOptions.Level.VERY_LOUD);
    assertThat(said.list()).containsExactly("x", "y z");
    assertThat(said.dictionary()).isEqualTo(Map.of("k", "v"));
    assertThat(said.maybe()).contains(-4);
    assertThat(said.maybeList()).isEqualTo(Optional.of(List.of("one")));
    assertThat(said.hosts()).isEqualTo(CidrSet.parse(List.of("10.0.0.0/8", "::1")));
    assertThat(said.pattern().matcher("5").matches()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "on,true",
    "off,false",
    "true,true",
    "FALSE,false",
    "enabled,true",
    "Disabled,false",
    "yes,true",
    "no,false",
    "1,true",
    "0,false"
  })
  void booleansHaveManySpellings(String written, boolean meant) throws ConfigException {
    assertThat(types("bool = " + written).bool()).isEqualTo(meant);
  }

  @ParameterizedTest
  @CsvSource({"90,90", "4 hours,14400", "1 minute,60", "2 Days,90000000", "10seconds,10"})
  void timesMayHaveUnits(String written, long seconds) throws ConfigException {
    if (seconds > 90_000) {
      assertThatThrownBy(() -> types("seconds = '" + written + "'"))
          .hasMessageContaining("out of range");
    } else {
      assertThat(types("seconds = '" + written + "'").seconds())
          .isEqualTo(Duration.ofSeconds(seconds));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bool = maybe | bool: expected on or off, true or false, enabled or disabled, 1 or 0, found"
            + " \"maybe\"",
        "number = 11 | number: expected a whole number from 0 to 10, found \"11\": out of range",
        "number = ten | number: expected a whole number from 0 to 10, found \"ten\"",
        "number = 99999999999999999999 | number: expected a whole number from 0 to 10, found"
            + " \"99999999999999999999\"",
        "number = ( 1 ) | number: expected a whole number from 0 to 10, found a list of 1",
        "number = '' | number: expected a whole number from 0 to 10, found \"\"",
        "size = 1T | size: expected a size in octets, K, M or G, found \"1T\"",
        "size = 9999999999G | size: expected a size in octets, K, M or G, found \"9999999999G\":"
            + " out of range",
        "mode = 0888 | mode: expected an octal file mode of at most 0777, found \"0888\"",
        "seconds = '4 moons' | seconds: expected a number of seconds or a time like \"4 hours\""
            + " from 1 to 90000, found \"4 moons\"",
        "seconds = -1 | seconds: expected a number of seconds or a time like \"4 hours\" from 1 to"
            + " 90000, found \"-1\"",
        "level = inf | level: expected one of debug, info, very_loud, found \"inf\": did you mean"
            + " info?",
        "pattern = '(' | pattern: expected a regular expression, found \"(\": Unclosed group at 1",
        "list = [ a = b ] | list: expected a list ( … ), found a dictionary",
        "list = ( ( a ) ) | list: expected a list ( … ), found a list of 1: it holds a list of 1",
        "dictionary = a | dictionary: expected a dictionary [ key = value ], found \"a\"",
        "hosts = ( 10.0.0.0/33 ) | hosts: expected a list of network blocks ( 10.0.0.0/8 ::1 ),"
            + " found a list of 1: the prefix length of \"10.0.0.0/33\" is not a number from 0 to"
            + " 32"
      })
  void refusesWhatHasAnotherType(String body, String message) {
    assertThatThrownBy(() -> types(body))
        .isInstanceOf(ConfigException.class)
        .hasMessage("text:1:9: in types: option " + message);
  }
}
