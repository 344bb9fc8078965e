package org.impetusmta.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathFactory;
import org.impetusmta.core.config.option.ConfigValue;
import org.impetusmta.core.config.option.SampleOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

/** The XML is well-formed and says what the files say. */
class ConfigXmlTest {
  @TempDir Path folder;

  private static String at(Document document, String path) throws Exception {
    return XPathFactory.newDefaultInstance().newXPath().evaluate(path, document);
  }

  @Test
  void aReaderGetsBackWhatTheFilesSay() throws Exception {
    Path included = folder.resolve("more.conf");
    Files.writeString(included, "binding \"a<b>&\" { gateway = \"x & 'y' ]]> é\nz\" }");
    Path main = folder.resolve("main.conf");
    Files.writeString(
        main,
        """
        include "more.conf"
        Relay_Hosts = ( 10.0.0.0/8 ::1 )
        esmtp_listener { Context = [ customer = "A < B" ] listen ":25" { } }
        """);
    ConfigEngine engine = new ConfigEngine(SampleOptions.catalog(), InstantSource.system());
    engine.load(main);
    String xml = ConfigXml.of(engine);
    Document document =
        DocumentBuilderFactory.newDefaultInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(xml)));
    assertThat(at(document, "/configuration/stanza[1]/@name")).isEqualTo("binding");
    assertThat(at(document, "/configuration/stanza[1]/@instance")).isEqualTo("a<b>&");
    assertThat(at(document, "/configuration/stanza[1]/@at")).isEqualTo(included + ":1:1");
    assertThat(at(document, "/configuration/stanza[1]/option")).isEqualTo("x & 'y' ]]> é\nz");
    assertThat(at(document, "/configuration/option[@name='Relay_Hosts']/item[2]")).isEqualTo("::1");
    assertThat(at(document, "//stanza[@name='esmtp_listener']/option/entry[@key='customer']"))
        .isEqualTo("A < B");
    assertThat(at(document, "//stanza[@name='listen']/@instance")).isEqualTo(":25");
    assertThat(at(document, "count(//option)")).isEqualTo("3");
  }

  @Test
  void whatXmlCannotCarryIsEncoded() throws Exception {
    ConfigScope root =
        ConfigScope.EMPTY.with(
            new ConfigOption(
                "gateway", ConfigValue.Text.bare("a\u0001b"), new Position("a\nb", 1, 1)));
    String xml = ConfigXml.of(new ConfigView(SampleOptions.catalog(), root));
    assertThat(xml).contains("encoding=\"base64\">YQFi<").contains("at-base64=\"YQpiOjE6MQ==\"");
  }
}
