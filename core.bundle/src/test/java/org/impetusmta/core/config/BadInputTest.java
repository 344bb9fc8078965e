package org.impetusmta.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.Optional;
import java.util.stream.Stream;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Generation;
import org.impetusmta.core.config.option.SampleOptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What an operator may get wrong: each time the reason, with its place, and the configuration in
 * force stays. Nothing here may wait for anything, so a test that does fails.
 */
@Timeout(60)
class BadInputTest {
  @TempDir Path folder;

  private ConfigEngine engine;
  private Generation inForce;

  @BeforeEach
  void putAGoodOneInForce() throws Exception {
    engine = new ConfigEngine(SampleOptions.catalog(), InstantSource.system());
    engine.load(write("good.conf", "Message_Expiration = 1000\n"));
    inForce = engine.current();
  }

  private Path write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  /** Where the folder of the test stands in a message, there is a dollar sign instead. */
  private void refused(String main, String message) throws IOException {
    Path file = write("main.conf", main);
    assertThatThrownBy(() -> engine.reload(Optional.of(file)))
        .isInstanceOf(ConfigException.class)
        .satisfies(
            e ->
                assertThat(String.valueOf(e.getMessage()).replace(folder.toString(), "$"))
                    .isEqualTo(message));
    assertThat(engine.current()).isSameAs(inForce);
  }

  static Stream<Arguments> broken() {
    return Stream.of(
        Arguments.of(
            "Message_Expiratoin = 1",
            "f:1:1: in the global scope: unknown option \"Message_Expiratoin\"; did you mean"
                + " message_expiration?"),
        Arguments.of(
            "Message_Expiration = soon",
            "f:1:1: in the global scope: option Message_Expiration: expected a number of seconds or"
                + " a time like \"4 hours\", found \"soon\""),
        Arguments.of(
            "Message_Expiration = \"4 fortnights\"",
            "f:1:1: in the global scope: option Message_Expiration: expected a number of seconds or"
                + " a time like \"4 hours\", found \"4 fortnights\""),
        Arguments.of(
            "Message_Expiration = 4 hours\nBlackhole = on",
            "f:2:11: in the global scope: expected { to open the stanza hours \"Blackhole\", or ="
                + " between the option hours and its value, found \"=\"; quote a value that holds"
                + " white space"),
        Arguments.of(
            "Message_Expiration",
            "f:1:19: in the global scope: expected = or { after Message_Expiration, found the end"
                + " of the file"),
        Arguments.of(
            "Message_Expiration 300",
            "f:1:23: in the global scope: expected { to open the stanza Message_Expiration \"300\","
                + " or = between the option Message_Expiration and its value, found the end of the"
                + " file"),
        Arguments.of(
            "Message_Expiration = ",
            "f:1:22: in the global scope: expected a value, a list ( … ) or a dictionary [ … ],"
                + " found the end of the file"),
        Arguments.of(
            "= 300",
            "f:1:1: in the global scope: expected the name of an option or a stanza, found \"=\""),
        Arguments.of(
            "Suspend_Delivery = perhaps",
            "f:1:1: in the global scope: option Suspend_Delivery: expected on or off, true or"
                + " false, enabled or disabled, 1 or 0, found \"perhaps\""),
        Arguments.of(
            "Max_Outbound_Connections = 20x",
            "f:1:1: in the global scope: option Max_Outbound_Connections: expected a whole number"
                + " of at least -1, found \"20x\""),
        Arguments.of(
            "Max_Outbound_Connections = -2",
            "f:1:1: in the global scope: option Max_Outbound_Connections: expected a whole number"
                + " of at least -1, found \"-2\": out of range"),
        Arguments.of(
            "Max_Outbound_Connections = 99999999999",
            "f:1:1: in the global scope: option Max_Outbound_Connections: expected a whole number"
                + " of at least -1, found \"99999999999\": out of range"),
        Arguments.of(
            "Max_Outbound_Connections = ( 1 2 )",
            "f:1:1: in the global scope: option Max_Outbound_Connections: expected a whole number"
                + " of at least -1, found a list of 2"),
        Arguments.of(
            "Only_Domains = 1\nBinding b {\n  Only_Domains = 1\n}",
            "f:3:3: in binding \"b\": the option \"Only_Domains\" is not valid here, expected it in"
                + " domain, global"),
        Arguments.of(
            "Domain example.com {\n  Gatewya = a\n}",
            "f:2:3: in domain \"example.com\": unknown option \"Gatewya\"; did you mean gateway?"),
        Arguments.of(
            "Domain example.com {\n  Gateway = a",
            "f:2:14: in domain \"example.com\": expected } to close the stanza that was opened at"
                + " f:1:1, found the end of the file"),
        Arguments.of(
            "Domain example.com\n  Gateway = a\n}",
            "f:2:3: in the global scope: expected { to open the stanza Domain \"example.com\", or ="
                + " between the option Domain and its value, found \"Gateway\""),
        Arguments.of(
            "Domain {\n}",
            "f:1:1: in the global scope: the stanza Domain has no instance name, expected Domain"
                + " \"name\" { … }"),
        Arguments.of(
            "Domain \"/(/\" { }",
            "f:1:1: in the global scope: found the pattern /(/, expected a regular expression:"
                + " Unclosed group at 1"),
        Arguments.of(
            "Domain example.com { Blackhole = on } }",
            "f:1:39: in the global scope: expected the name of an option or a stanza, found \"}\""),
        Arguments.of(
            "Bindign b { }",
            "f:1:1: in the global scope: unknown stanza \"Bindign\"; did you mean binding?"),
        Arguments.of(
            "Binding \"a b\" { }",
            "f:1:1: in the global scope: found the name \"a b\", expected a binding name without"
                + " white space"),
        Arguments.of(
            "Binding_Group g { Binding b { Listen \":25\" { } } }",
            "f:1:31: in binding_group \"g\"::binding \"b\": the stanza \"Listen\" may not stand"
                + " here, expected it in a listener"),
        Arguments.of(
            "Esmtp_Listener { Idle_Time = 0 }",
            "f:1:18: in esmtp_listener: option Idle_Time: expected a number of seconds or a time"
                + " like \"4 hours\" of at least 1, found \"0\": out of range"),
        Arguments.of(
            "Esmtp_Listener x { }",
            "f:1:1: in the global scope: found the instance name \"x\", expected the stanza"
                + " Esmtp_Listener without one"),
        Arguments.of(
            "Esmtp_Listener { Listen { } }",
            "f:1:18: in esmtp_listener: the stanza Listen has no instance name, expected Listen"
                + " \"name\" { … }"),
        Arguments.of(
            "Esmtp_Listener { Peer 10.0.0.0/33 { } }",
            "f:1:18: in esmtp_listener: expected an address or a network block as the name of a"
                + " peer: the prefix length of \"10.0.0.0/33\" is not a number from 0 to 32"),
        Arguments.of(
            "Esmtp_Listener { Listen \":25\" { Relay_Hosts = ( 10.0.0.300 ) } }",
            "f:1:33: in esmtp_listener::listen \":25\": option Relay_Hosts: expected a list of"
                + " network blocks ( 10.0.0.0/8 ::1 ), found a list of 1: \"10.0.0.300\" is no"
                + " address or network block"),
        Arguments.of(
            "Esmtp_Listener { Listen \":25\" { Max_Message_Size = 10Q } }",
            "f:1:33: in esmtp_listener::listen \":25\": option Max_Message_Size: expected a size in"
                + " octets, K, M or G of at least 0, found \"10Q\""),
        Arguments.of(
            "Esmtp_Listener { Listen \":25\" { Context = ( a b ) } }",
            "f:1:33: in esmtp_listener::listen \":25\": option Context: expected a dictionary [ key"
                + " = value ], found a list of 2"),
        Arguments.of(
            "Esmtp_Listener { Listen \":25\" { Context = [ a b ] } }",
            "f:1:47: in listen \":25\": expected = after the key a in the dictionary that was"
                + " opened at line 1, found \"b\""),
        Arguments.of(
            "Esmtp_Listener { Listen \":25\" { Context = [ a = b } }",
            "f:1:51: in listen \":25\": expected a key, or ] to close the dictionary that was"
                + " opened at line 1, found \"}\""),
        Arguments.of(
            "Esmtp_Listener { Listen \":25\" { Smtp_Extensions = ( a b } }",
            "f:1:57: in listen \":25\": expected ) to close the list that was opened at line 1,"
                + " found \"}\""),
        Arguments.of(
            "Control_Listener { Listen \"/run/x\" { File_Mode = 0999 } }",
            "f:1:38: in control_listener::listen \"/run/x\": option File_Mode: expected an octal"
                + " file mode, found \"0999\""),
        Arguments.of(
            "threadpool IO { concurrency = 1001 }",
            "f:1:17: in threadpool \"IO\": option concurrency: expected a whole number from 0 to"
                + " 1000, found \"1001\": out of range"),
        Arguments.of(
            "mail_loop { max_received_heders = 5 }",
            "f:1:13: in mail_loop: unknown option \"max_received_heders\"; did you mean"
                + " max_received_headers?"),
        Arguments.of(
            "mail_lop { }",
            "f:1:1: in the global scope: unknown stanza \"mail_lop\"; did you mean mail_loop?"),
        Arguments.of(
            "types { level = loud }",
            "f:1:9: in types: option level: expected one of debug, info, very_loud, found"
                + " \"loud\""),
        Arguments.of(
            "types { pattern = \"(\" }",
            "f:1:9: in types: option pattern: expected a regular expression, found \"(\": Unclosed"
                + " group at 1"),
        Arguments.of(
            "types { mode = 1777 }",
            "f:1:9: in types: option mode: expected an octal file mode of at most 0777, found"
                + " \"1777\": out of range"),
        Arguments.of(
            "types { maybe = x }",
            "f:1:9: in types: option maybe: expected a whole number, found \"x\""),
        Arguments.of(
            "a = \"b",
            "f:1:5: in the global scope: found an opening quote, expected a closing \" before the"
                + " end"),
        Arguments.of(
            "a = 'b'c",
            "f:1:8: in the global scope: expected white space behind the closing quote of the"
                + " string that began in line 1"),
        Arguments.of(
            "a = b\"c\"",
            "f:1:6: in the global scope: found a quotation mark inside a word, expected quotes"
                + " around the whole"),
        Arguments.of(
            "/* a",
            "f:1:1: in the global scope: found an opening /*, expected a closing */ before the"
                + " end"),
        Arguments.of(
            "a = 1 */",
            "f:1:9: in the global scope: expected = or { after */, found the end of the file; quote"
                + " a value that holds white space"),
        Arguments.of("a\0", "f:1:2: in the global scope: found a NUL byte, expected text"),
        Arguments.of(
            "a = \u0007",
            "f:1:5: in the global scope: found the control character \\x07, expected text"),
        Arguments.of(
            "a = 1 \uFEFFb = 2",
            "f:1:7: in the global scope: found a byte order mark, expected it at the start of a"
                + " file alone"),
        Arguments.of(
            "a = {",
            "f:1:5: in the global scope: expected a value, a list ( … ) or a dictionary [ … ],"
                + " found \"{\""),
        Arguments.of(
            "a = ]",
            "f:1:5: in the global scope: expected a value, a list ( … ) or a dictionary [ … ],"
                + " found \"]\""),
        Arguments.of(
            "a : b",
            "f:1:5: in the global scope: expected { to open the stanza a \":\", or = between the"
                + " option a and its value, found \"b\""),
        Arguments.of(
            "include",
            "f:1:8: in the global scope: expected a file or a folder to include, found the end of"
                + " the file"),
        Arguments.of(
            "include { }",
            "f:1:9: in the global scope: expected a file or a folder to include, found \"{\""),
        Arguments.of(
            "include \"no/such.conf\"",
            "f:1:9: in the global scope: there is no file or folder \"no/such.conf\""),
        Arguments.of(
            "include \"htpp://example.com/x\"",
            "f:1:9: in the global scope: found a URI of scheme \"htpp\", expected a file or"
                + " folder"),
        Arguments.of(
            "domain x { readonly_include nothing }",
            "f:1:29: in domain \"x\": there is no file or folder \"nothing\""));
  }

  @ParameterizedTest
  @MethodSource("broken")
  void refusesWhatIsBroken(String text, String message) throws IOException {
    refused(text, message.replaceAll("\\bf:(?=\\d+:\\d+)", "\\$/main.conf:"));
  }

  @Test
  void refusesLoops() throws Exception {
    write("a.conf", "domain x {\n  include b.conf\n}");
    write("b.conf", "# on we go\ninclude \"d\"");
    write("d/c.conf", "include ../main.conf");
    refused(
        "include a.conf",
        "$/d/c.conf:1:9: in domain \"x\": found an include of $/d/../main.conf, which is being"
            + " read; expected no loop of includes");
    refused(
        "include main.conf",
        "$/main.conf:1:9: in the global scope: found an include of $/main.conf, which is being"
            + " read; expected no loop of includes");
    Files.createSymbolicLink(folder.resolve("link.conf"), folder.resolve("main.conf"));
    refused(
        "include link.conf",
        "$/main.conf:1:9: in the global scope: found an include of $/link.conf, which is being"
            + " read; expected no loop of includes");
    Files.createSymbolicLink(folder.resolve("round"), Path.of("round"));
    refused(
        "include round",
        "$/main.conf:1:9: in the global scope: there is no file or folder \"round\"");
  }

  @Test
  void refusesWhatIsNotThere() throws Exception {
    write("below/a.conf", "\n\n  include missing.conf");
    refused(
        "domain x { include below }",
        "$/below/a.conf:3:11: in domain \"x\": there is no file or folder \"missing.conf\"");
    refused(
        "include \"beloww/a.conf\" include x",
        "$/main.conf:1:9: in the global scope: there is no file or folder \"beloww/a.conf\"");
    refused(
        "include below/b.conf",
        "$/main.conf:1:9: in the global scope: there is no file or folder \"below/b.conf\"; did you"
            + " mean a.conf?");
    Files.delete(folder.resolve("below/a.conf"));
    Files.createSymbolicLink(folder.resolve("below/dangling.conf"), Path.of("nowhere"));
    refused(
        "include below",
        "$/main.conf:1:9: in the global scope: $/below/dangling.conf: cannot be read: there is no"
            + " such file");
  }

  @Test
  void refusesWhatMayNotBeRead() throws Exception {
    assumeFalse("root".equals(System.getProperty("user.name")), "root may read everything");
    Path secret = write("secret/a.conf", "a = 1");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("---------"));
    refused(
        "include secret",
        "$/main.conf:1:9: in the global scope: $/secret/a.conf: cannot be read: permission denied");
    Files.setPosixFilePermissions(
        folder.resolve("secret"), PosixFilePermissions.fromString("---------"));
    refused(
        "include secret",
        "$/main.conf:1:9: in the global scope: cannot read the folder $/secret: permission denied");
    Files.setPosixFilePermissions(
        folder.resolve("secret"), PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void refusesWhatIsTooLarge() throws Exception {
    try (RandomAccessFile large = new RandomAccessFile(folder.resolve("large").toFile(), "rw")) {
      large.setLength(100 << 20);
    }
    refused(
        "include large",
        "$/main.conf:1:9: in the global scope: $/large: found 104857600 octets, expected a"
            + " configuration file of at most 67108864");
  }

  @Test
  void refusesSmallFilesThatAreTooMany() throws Exception {
    for (int i = 0; i < 20_000; i++) {
      write("many/%05d.conf".formatted(i), "");
    }
    refused(
        "\ninclude many",
        "$/main.conf:2:9: in the global scope: found $/many/10000.conf behind 10000 files,"
            + " expected no more of them");
  }

  @Test
  void refusesWhatIsNoText() throws Exception {
    byte[][] wrong = {
      {(byte) 0xC0, (byte) 0x80}, // a NUL in two octets
      {(byte) 0xED, (byte) 0xA0, (byte) 0x80}, // half a pair
      {(byte) 0xF5, (byte) 0x80, (byte) 0x80, (byte) 0x80}, // beyond Unicode
      {(byte) 0xE2, (byte) 0x82}, // cut short
      {(byte) 0xFF, (byte) 0xFE, 'a', 0}, // UTF-16
    };
    for (byte[] octets : wrong) {
      try (var out = Files.newOutputStream(folder.resolve("text"))) {
        out.write("a = 1\nb = ".getBytes(StandardCharsets.UTF_8));
        out.write(octets);
      }
      refused("include text", "$/text:2:5: found invalid UTF-8, expected text");
    }
    write("text", "domain x {\n  gateway = \0\n}");
    refused("include text", "$/text:2:13: in domain \"x\": found a NUL byte, expected text");
  }

  @Test
  void waitsForNoDeviceAndNoPipe() throws Exception {
    Process made = new ProcessBuilder("mkfifo", folder.resolve("pipe").toString()).start();
    assertThat(made.waitFor()).isZero();
    String noFile = ": found no regular file, expected a configuration file";
    String where = "$/main.conf:1:9: in the global scope: ";
    refused("include pipe", where + "$/pipe" + noFile);
    refused("include /dev/zero", where + "/dev/zero" + noFile);
    refused(
        "include /proc/kmsg",
        where + "/proc/kmsg: found a file that the kernel makes up, expected a configuration file");
    Files.createDirectory(folder.resolve("d"));
    Files.move(folder.resolve("pipe"), folder.resolve("d/pipe"));
    refused("include d", where + "$/d/pipe" + noFile);
    assertThatThrownBy(() -> engine.reload(Optional.of(folder.resolve("d/pipe"))))
        .hasMessage(folder.resolve("d/pipe") + noFile);
    assertThat(engine.current()).isSameAs(inForce);
  }

  @Test
  void refusesWhatIsTooDeep() throws Exception {
    refused(
        "domain x {".repeat(70),
        "$/main.conf:1:650: in domain \"x\": expected at most 64 levels of nesting, found more");
    for (int i = 0; i < 70; i++) {
      write("chain/" + i, "include " + (i + 1));
    }
    refused(
        "include chain/0",
        "$/chain/63:1:9: in the global scope: expected at most 64 levels of nesting, found more");
  }

  @Test
  void readsHiddenFilesAndFoldersInAFolderNot() throws Exception {
    write("d/.hidden", "nonsense");
    write("d/sub/x", "nonsense");
    write("d/a", "Message_Expiration = 2000");
    engine.reload(Optional.of(write("main.conf", "include d")));
    assertThat(engine.current()).isNotSameAs(inForce);
  }
}
