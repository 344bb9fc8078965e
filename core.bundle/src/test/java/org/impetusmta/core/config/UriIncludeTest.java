package org.impetusmta.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.core.config.option.SampleOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UriIncludeTest {
  @TempDir Path folder;

  private final Map<String, String> web = new HashMap<>();
  private final List<String> asked = new ArrayList<>();
  private final List<Integer> received = new ArrayList<>();
  private final ConfigEngine engine =
      new ConfigEngine(SampleOptions.catalog(), InstantSource.system());

  UriIncludeTest() {
    engine.readUrisThrough(this::read);
  }

  private byte[] read(IoUri uri, UriReader.SoFar soFar) throws ConfigException {
    asked.add(uri.text());
    for (Stanza stanza : soFar.of("mail_loop").stanzas("mail_loop")) {
      received.add(
          soFar
              .of("mail_loop")
              .options(SampleOptions.MailLoop.class, new ScopePath.Within(stanza))
              .maxReceivedHeaders());
    }
    String text = web.get(uri.text());
    if (text == null) {
      throw new ConfigException("cannot read " + uri + ": found status 404, expected 200");
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void load(String main) throws IOException, ConfigException {
    engine.load(Files.writeString(folder.resolve("main.conf"), main));
  }

  private Duration expiration() {
    return engine
        .current()
        .options(SampleOptions.Sending.class, ScopePath.GLOBAL)
        .messageExpiration();
  }

  @Test
  void readsWhatIsNamedBesideIt() throws Exception {
    web.put("http://u:pw@h/d/a.conf", "include b.conf\nreadonly_include \"/c.conf\"");
    web.put("http://u:pw@h/d/b.conf", "Message_Expiration = 10");
    web.put("http://u:pw@h/c.conf", "Message_Expiration = 20");
    load("include \"http://u:pw@h/d/a.conf\"");
    assertThat(asked)
        .containsExactly(
            "http://u:pw@h/d/a.conf", "http://u:pw@h/d/b.conf", "http://u:pw@h/c.conf");
    assertThat(expiration()).isEqualTo(Duration.ofSeconds(20));
    web.put("http://u:pw@h/c.conf", "Message_Expiration = 30");
    engine.reload(Optional.empty());
    assertThat(expiration()).isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void readsFilesFromThereOnlyByTheirScheme() throws Exception {
    Files.writeString(folder.resolve("here.conf"), "Message_Expiration = 40");
    web.put("http://h/a", "include \"file://" + folder.resolve("here.conf") + "\"");
    load("include \"http://h/a\"");
    assertThat(expiration()).isEqualTo(Duration.ofSeconds(40));
  }

  @Test
  void tellsWhatWasSaidBeforeTheInclude() throws Exception {
    web.put("http://h/a", "include b");
    web.put("http://h/b", "");
    load(
        "mail_loop { max_received_headers = 5 }\n"
            + "domain d { include \"http://h/a\" }\n"
            + "mail_loop { max_received_headers = 6 }\n"
            + "include \"http://h/b\"");
    assertThat(received).containsExactly(5, 5, 6);
  }

  @Test
  void refusesWhatWasSaidWrongly() {
    assertThatThrownBy(() -> load("mail_loop { max = 5 }\ninclude \"http://h/a\""))
        .hasMessage(
            "%1$s:2:9: in the global scope: %1$s:1:13: in mail_loop: unknown option \"max\","
                + " expected an option of this scope",
            folder.resolve("main.conf"));
  }

  @Test
  void saysWhereItWasNamedWithoutThePassword() {
    web.put("http://u:pw@h/a", "\n include b");
    assertThatThrownBy(() -> load("domain x {\n include \"http://u:pw@h/a\" }"))
        .hasMessage(
            "http://u:***@h/a:2:10: in domain \"x\": cannot read http://u:***@h/b: found status"
                + " 404, expected 200");
    web.put("http://u:pw@h/b", "a = \0");
    assertThatThrownBy(() -> load("include \"http://u:pw@h/b\""))
        .hasMessage("http://u:***@h/b:1:5: in the global scope: found a NUL byte, expected text");
    web.put("http://u:pw@h/b", "nonsense = 1");
    assertThatThrownBy(() -> load("include \"http://u:pw@h/b\""))
        .hasMessageStartingWith("http://u:***@h/b:1:1: in the global scope: unknown option");
  }

  @Test
  void refusesLoopsAndExplosions() {
    web.put("http://h/a", "include b");
    web.put("http://h/b", "domain x { include \"http://h/a\" }");
    assertThatThrownBy(() -> load("include \"http://h/a\""))
        .hasMessage(
            "http://h/b:1:20: in domain \"x\": found an include of http://h/a, which is being"
                + " read; expected no loop of includes");
    for (int i = 0; i < 30; i++) {
      web.put("http://h/" + i, "include " + (i + 1) + " include " + (i + 1));
    }
    web.put("http://h/30", "");
    assertThatThrownBy(() -> load("include \"http://h/0\""))
        .hasMessageContaining("behind 10000 files, expected no more of them");
  }
}
