package org.impetusmta.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.core.config.option.ConfigValue;
import org.impetusmta.core.config.option.OptionCatalog;
import org.impetusmta.core.config.option.SampleOptions;

/**
 * Whatever the octets: a configuration or a {@link ConfigException}, and it ends; what is printed
 * reads as the same again. Ordinary runs go through the kept inputs of {@code
 * ConfigFuzzTestInputs}; {@code JAZZER_FUZZ=1} and {@code -Dtest='ConfigFuzzTest#pipeline'} look
 * for new ones, one method at a time.
 */
class ConfigFuzzTest {
  private static final OptionCatalog CATALOG = SampleOptions.catalog();

  @FuzzTest(maxDuration = "5m")
  @DictionaryEntries({
    "= ",
    "{ ",
    "} ",
    "( ",
    ") ",
    "[ ",
    "] ",
    ", ",
    "\\x22",
    "'",
    "\\x5c",
    "#",
    "/*",
    "*/",
    "\\x0a",
    "include ",
    "readonly_include ",
    "a ",
    "domain ",
    "\\xEF\\xBB\\xBF",
    "\\x5c\\x22",
    "\\x5c\\x5c",
    "http://",
    "file://"
  })
  void parse(byte[] octets) {
    tree(octets);
  }

  @FuzzTest(maxDuration = "5m")
  @DictionaryEntries({
    "= ",
    "{ ",
    "} ",
    "( ",
    ") ",
    "[ ",
    "] ",
    "\\x22",
    "\\x0a",
    "esmtp_listener ",
    "control_listener ",
    "listen ",
    "peer ",
    "pathway ",
    "pathway_group ",
    "binding ",
    "binding_group ",
    "domain ",
    "host ",
    "threadpool ",
    "mail_loop ",
    "ec_logger ",
    "types ",
    "auth_ds ",
    "scheme ",
    "querygroups ",
    "relay_hosts ",
    "idle_time ",
    "context ",
    "max_message_size ",
    "message_expiration ",
    "suspend_delivery ",
    "enable ",
    "concurrency ",
    "max_received_headers ",
    "gateway ",
    "10.0.0.0/8",
    "::1/128",
    "\\x22:25\\x22",
    "\\x22/x$/\\x22",
    "\\x22 4 hours\\x22",
    "1K",
    "0600",
    "true",
    "off"
  })
  void pipeline(byte[] octets) {
    ConfigScope root = tree(octets);
    try {
      ConfigValidator.validate(root, CATALOG);
    } catch (ConfigException _) {
      return;
    }
    ConfigGeneration generation = new ConfigGeneration(1, 0, Instant.EPOCH, root, CATALOG);
    generation.options(SampleOptions.Sending.class, ScopePath.GLOBAL);
    generation.options(SampleOptions.Reception.class, ScopePath.GLOBAL);
    for (ConfigScope scope : root.scopes("types")) {
      generation.options(SampleOptions.AllTypes.class, new ScopePath.Within(scope));
    }
    for (ConfigScope scope : root.scopes("mail_loop")) {
      generation.options(SampleOptions.MailLoop.class, new ScopePath.Within(scope));
    }
  }

  /** The 2.x form, which is read into the same tree. */
  @FuzzTest(maxDuration = "5m")
  @DictionaryEntries({
    "Esmtp_Listener = ( ",
    "Control_Listener = ( ",
    "*:25",
    ",200~20",
    " <proto=ipv4>",
    " <proto=both>",
    " <status=disabled>",
    "[ 0.0.0.0/0 = ( ",
    "[ 10.0.0.0/8 = ( ",
    "] ",
    ") ",
    "continue ",
    "context [ a = b ] ",
    "relay_for_sending_domains ",
    "personality [ ",
    "idle_time = 60 ",
    "extension = ",
    "extension_argument = ",
    "XCLIENT [ ",
    "LOGIN [ ",
    "TLS [ ",
    "ALWAYS-ALLOW ",
    "Logger logging/ec_logger a { ",
    "Module ",
    "} ",
    "\\x22",
    "\\x0a",
    ", "
  })
  void legacy(byte[] octets) {
    pipeline(octets);
  }

  @FuzzTest(maxDuration = "5m")
  @DictionaryEntries({
    "= ", "( ", ") ", "[ ", "] ", ", ", "\\x22", "'", "\\x5c", "#", "/*", "*/", "a "
  })
  void value(byte[] octets) {
    String text = new String(octets, StandardCharsets.UTF_8);
    try {
      ConfigValue value = ConfigParser.parseValue(text);
      assertThat(ConfigParser.parseValue(value.printed(""))).isEqualTo(value);
    } catch (ConfigException e) {
      assertThat(e).hasMessageContaining("expected");
    }
  }

  @FuzzTest(maxDuration = "5m")
  @DictionaryEntries({
    "bool=",
    "number=",
    "big=",
    "size=",
    "mode=",
    "seconds=",
    "millis=",
    "level=",
    "pattern=",
    "list=",
    "dictionary=",
    "hosts=",
    "maybe=",
    "maybe_list=",
    "-",
    "1",
    "9223372036854775807",
    "K",
    "G",
    "4 hours",
    "2 days",
    "ms",
    "0777",
    "very-loud",
    "10.0.0.0/8",
    "::ffff:1.2.3.4",
    "(?<a>"
  })
  void types(byte[] octets) {
    String text = new String(octets, StandardCharsets.UTF_8);
    int equals = Math.max(text.indexOf('='), 0);
    StringBuilder said = new StringBuilder("types { ").append(text, 0, equals).append(" = ");
    new ConfigValue.Text(text.substring(Math.min(equals + 1, text.length())), '"').print(said, "");
    pipeline(said.append(" }").toString().getBytes(StandardCharsets.UTF_8));
  }

  /** What the octets say; nothing, if they are refused. */
  private static ConfigScope tree(byte[] octets) {
    ConfigScope root;
    String text;
    try {
      text = ConfigFiles.decode("f", octets);
      root = new ConfigParser(new ConfigFiles(List.of())).parse("f", text).root();
    } catch (ConfigException e) {
      assertThat(e).hasMessageFindingMatch("^[^\\n]*:\\d+:\\d+: ");
      return ConfigScope.EMPTY;
    }
    String printed = "";
    try {
      printed = String.join("\n", new ConfigView(CATALOG, root).show(ConfigPath.GLOBAL, true));
      ConfigScope again = new ConfigParser(new ConfigFiles(List.of())).parse("g", printed).root();
      // printed lines end as the system's do
      assertThat(text.contains("\r") || again.equals(root)).as(printed).isTrue();
    } catch (ConfigException e) {
      throw new AssertionError("printed form is refused: " + printed, e);
    }
    return root;
  }
}
