package org.impetusmta.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Stream;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.core.config.option.SampleOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ConfigParserTest {
  private static ConfigScope parse(String text) throws ConfigException {
    return new ConfigParser(new ConfigFiles(List.of())).parse("f", text).root();
  }

  private static String printed(ConfigScope root) throws ConfigException {
    return String.join(
        "\n", new ConfigView(SampleOptions.catalog(), root).show(ConfigPath.GLOBAL, true));
  }

  static Stream<Arguments> good() {
    return Stream.of(
        Arguments.of("", ""),
        Arguments.of("\uFEFFa = 1", "a = 1"),
        Arguments.of("  \n\t# nothing\n/* nor * here */", ""),
        Arguments.of("Message_Expiration = 86400", "Message_Expiration = 86400"),
        Arguments.of("a=1 b=2\r\nc = 3", "a = 1\nb = 2\nc = 3"),
        Arguments.of("a = \"x y\" b = 'it\"s'", "a = \"x y\"\nb = 'it\"s'"),
        Arguments.of("a = \"^b-\\d+@\\\"\\\\\"", "a = \"^b-\\d+@\\\"\\\\\""),
        Arguments.of("a = \"one\ntwo\"", "a = \"one\ntwo\""),
        Arguments.of("a = 1# comment\nb = 2/* c */c = 3", "a = 1\nb = 2\nc = 3"),
        Arguments.of("a = \"# /* no comment */\"", "a = \"# /* no comment */\""),
        Arguments.of("a = ( b c \"d e\", f,g )", "a = (\n  b\n  c\n  \"d e\"\n  f\n  g\n)"),
        Arguments.of("a = ()", "a = ()"),
        Arguments.of("a = 1,2", "a = 1,2"),
        Arguments.of("a = [ b = c, d = \"e f\" ]", "a = [\n  b = c\n  d = \"e f\"\n]"),
        Arguments.of("a [ b = ( c d ) ]", "a = [\n  b = (\n    c\n    d\n  )\n]"),
        Arguments.of("Binding smtp-01 {}", "Binding \"smtp-01\" {\n}"),
        Arguments.of("Listen \"127.0.0.1:2525\"\n{ }", "Listen \"127.0.0.1:2525\" {\n}"),
        Arguments.of(
            "Esmtp_Listener { Listen \":25\" { Enable = false } }",
            "Esmtp_Listener {\n  Listen \":25\" {\n    Enable = false\n  }\n}"),
        // a stanza goes on where it is opened again, an option has its last value
        Arguments.of(
            "g x { a = 1 b = 2 } h {} g x { a = 3 c = 4 }",
            "g \"x\" {\n  a = 3\n  b = 2\n  c = 4\n}\nh {\n}"),
        Arguments.of(
            "Domain A.com { a = 1 } domain a.COM { b = 2 }",
            "Domain \"A.com\" {\n  a = 1\n  b = 2\n}"),
        Arguments.of("Binding A {} Binding a {}", "Binding \"A\" {\n}\nBinding \"a\" {\n}"),
        Arguments.of("peer 10.0.0.1/8 {} peer 10.0.0.0/8 {}", "peer \"10.0.0.1/8\" {\n}"),
        Arguments.of("a = 1\nA = 2", "A = 2"));
  }

  @ParameterizedTest
  @MethodSource("good")
  void reads(String text, String expected) throws ConfigException {
    String printed = printed(parse(text));
    assertThat(printed).isEqualTo(expected);
    assertThat(printed(parse(printed))).isEqualTo(printed);
  }

  static Stream<Arguments> bad() {
    return Stream.of(
        Arguments.of(
            "a", "f:1:2: in the global scope: expected = or { after a, found the end of the file"),
        Arguments.of(
            "a =",
            "f:1:4: in the global scope: expected a value, a list ( … ) or a dictionary [ … ],"
                + " found the end of the file"),
        Arguments.of(
            "a = }",
            "f:1:5: in the global scope: expected a value, a list ( … ) or a dictionary [ … ],"
                + " found \"}\""),
        Arguments.of(
            "\n  = 3",
            "f:2:3: in the global scope: expected the name of an option or a stanza, found \"=\""),
        Arguments.of(
            "a = 1 }",
            "f:1:7: in the global scope: expected the name of an option or a stanza, found \"}\""),
        Arguments.of(
            "domain x.com {\n  a = 1\n",
            "f:3:1: in domain \"x.com\": expected } to close the stanza that was opened at f:1:1,"
                + " found the end of the file"),
        Arguments.of(
            "Idle_Time 300\nb = 1",
            "f:2:1: in the global scope: expected { to open the stanza Idle_Time \"300\", or ="
                + " between the option Idle_Time and its value, found \"b\""),
        Arguments.of(
            "a = 4 hours\nb = 1",
            "f:2:3: in the global scope: expected { to open the stanza hours \"b\", or = between"
                + " the option hours and its value, found \"=\"; quote a value that holds white"
                + " space"),
        Arguments.of(
            "a = \"b\nc",
            "f:1:5: in the global scope: found an opening quote, expected a closing \" before the"
                + " end"),
        Arguments.of(
            "a = \"b\"c",
            "f:1:8: in the global scope: expected white space behind the closing quote of the"
                + " string that began in line 1"),
        Arguments.of(
            "a = b\"c\"",
            "f:1:6: in the global scope: found a quotation mark inside a word, expected quotes"
                + " around the whole"),
        Arguments.of(
            "a = 1 /* b",
            "f:1:7: in the global scope: found an opening /*, expected a closing */ before the"
                + " end"),
        Arguments.of(
            "a = ( b",
            "f:1:8: in the global scope: expected ) to close the list that was opened at line 1,"
                + " found the end of the file"),
        Arguments.of(
            "a = ( b = c )",
            "f:1:9: in the global scope: expected ) to close the list that was opened at line 1,"
                + " found \"=\""),
        Arguments.of(
            "a = [ b c ]",
            "f:1:9: in the global scope: expected = after the key b in the dictionary that was"
                + " opened at line 1, found \"c\""),
        Arguments.of(
            "a = [ b = c",
            "f:1:12: in the global scope: expected a key, or ] to close the dictionary that was"
                + " opened at line 1, found the end of the file"),
        Arguments.of("a = \0", "f:1:5: in the global scope: found a NUL byte, expected text"),
        Arguments.of("a = \"\0\"", "f:1:6: in the global scope: found a NUL byte, expected text"),
        Arguments.of(
            "\u0001",
            "f:1:1: in the global scope: found the control character \\x01, expected text"),
        Arguments.of(
            "include = x",
            "f:1:9: in the global scope: expected a file or a folder to include, found \"=\""),
        Arguments.of(
            "domain a { include \"/no/such\" }",
            "f:1:20: in domain \"a\": there is no file or folder \"/no/such\""),
        Arguments.of(
            "include \"http://x/y\"",
            "f:1:9: in the global scope: found a URI of scheme \"http\", expected a file or"
                + " folder"),
        Arguments.of(
            "a {".repeat(65), "f:1:195: in a: expected at most 64 levels of nesting, found more"),
        Arguments.of(
            "a = " + "(".repeat(65),
            "f:1:69: in the global scope: expected at most 64 levels of nesting, found more"),
        Arguments.of(
            "a = " + "[ b = ".repeat(100_000),
            "f:1:389: in the global scope: expected at most 64 levels of nesting, found more"));
  }

  @ParameterizedTest
  @MethodSource("bad")
  void refuses(String text, String message) {
    assertThatThrownBy(() -> parse(text)).isInstanceOf(ConfigException.class).hasMessage(message);
  }

  @Test
  void keepsPositionsAndOrder() throws ConfigException {
    ConfigScope root = parse("# first\n\nx {\n  A = 1 }\ny {}");
    ConfigScope x = root.scopes("x").getFirst();
    assertThat(x.position()).isEqualTo("f:3");
    assertThat(x.entries().getFirst().where()).hasToString("f:4:3");
    assertThat(x.order()).isLessThan(root.scopes("y").getFirst().order());
  }

  @Test
  void stanzasThatSayTheSameAreEqualWhereverTheyStand() throws ConfigException {
    ConfigScope one = parse("x \"i\" { a = ( 1 2 ) y {} }\n");
    ConfigScope other = parse("\n\n X 'i' {\nA = ( 1\n2 )\n y {} }");
    assertThat(one.scopes("x")).isEqualTo(other.scopes("x")).hasSameHashCodeAs(other.scopes("x"));
    assertThat(parse("x i { a = 2 }").scopes("x")).isNotEqualTo(one.scopes("x"));
  }
}
