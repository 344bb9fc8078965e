package org.impetusmta.core.config;

import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.impetusmta.core.config.option.ConfigValue;

/**
 * A configuration as XML, every include in its place:
 *
 * <pre>{@code
 * <configuration>
 *   <option name="Message_Expiration" at="etc/ecelerity.conf:1:1">86400</option>
 *   <option name="Relay_Hosts" at="…"><item>127.0.0.1/32</item></option>
 *   <option name="Context" at="…"><entry key="customer">ACME</entry></option>
 *   <stanza name="Listen" instance=":25" at="…"> options and stanzas </stanza>
 * </configuration>
 * }</pre>
 *
 * <p>Text that XML cannot carry, such as control characters, is in base64; the element, or the name
 * of the attribute, says so: {@code encoding="base64"}, {@code instance-base64}. Single. Source:
 * executable.ec_dump_config, whose own format is not published.
 */
public final class ConfigXml {
  private final XMLStreamWriter out;

  private ConfigXml(XMLStreamWriter out) {
    this.out = out;
  }

  /** The configuration in force. */
  public static String of(ConfigEngine engine) {
    return of(engine.view());
  }

  static String of(ConfigView view) {
    StringWriter text = new StringWriter();
    try {
      XMLStreamWriter writer = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(text);
      ConfigXml xml = new ConfigXml(writer);
      writer.writeStartDocument("UTF-8", "1.0");
      writer.writeCharacters("\n");
      writer.writeStartElement("configuration");
      xml.entries(view.root(), 1);
      writer.writeEndElement();
      writer.writeCharacters("\n");
      writer.writeEndDocument();
      writer.close();
    } catch (XMLStreamException e) {
      throw new IllegalStateException("a string refuses to be written to", e);
    }
    return text.toString();
  }

  private void entries(ConfigScope scope, int depth) throws XMLStreamException {
    List<ConfigEntry> entries = scope.entries();
    for (ConfigEntry entry : entries) {
      indent(depth);
      switch (entry) {
        case ConfigOption option -> {
          out.writeStartElement("option");
          attribute("name", option.written());
          attribute("at", option.where().toString());
          value(option.value(), depth);
          out.writeEndElement();
        }
        case ConfigScope inner -> {
          out.writeStartElement("stanza");
          attribute("name", inner.written());
          if (inner.instance().isPresent()) {
            attribute("instance", inner.instance().get());
          }
          attribute("at", inner.where().toString());
          entries(inner, depth + 1);
          out.writeEndElement();
        }
      }
    }
    if (!entries.isEmpty()) {
      indent(depth - 1);
    }
  }

  private void value(ConfigValue value, int depth) throws XMLStreamException {
    switch (value) {
      case ConfigValue.Text(String text, char _) -> text(text);
      case ConfigValue.Items(List<ConfigValue> items) -> {
        for (ConfigValue item : items) {
          indent(depth + 1);
          out.writeStartElement("item");
          value(item, depth + 1);
          out.writeEndElement();
        }
        indent(depth);
      }
      case ConfigValue.Dictionary(Map<String, ConfigValue> entries) -> {
        for (Map.Entry<String, ConfigValue> entry : entries.entrySet()) {
          indent(depth + 1);
          out.writeStartElement("entry");
          attribute("key", entry.getKey());
          value(entry.getValue(), depth + 1);
          out.writeEndElement();
        }
        indent(depth);
      }
    }
  }

  private void text(String text) throws XMLStreamException {
    if (isPlain(text, true)) {
      out.writeCharacters(text);
    } else {
      out.writeAttribute("encoding", "base64");
      out.writeCharacters(base64(text));
    }
  }

  private void attribute(String name, String text) throws XMLStreamException {
    if (isPlain(text, false)) {
      out.writeAttribute(name, text);
    } else {
      out.writeAttribute(name + "-base64", base64(text));
    }
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Whether a reader of the XML gets just this text; line ends in attributes become blanks. */
  private static boolean isPlain(String text, boolean lines) {
    return text.codePoints()
        .allMatch(
            c ->
                c >= 0x20
                    ? c < 0xD800 || (c > 0xDFFF && c != 0xFFFE && c != 0xFFFF)
                    : lines && (c == '\n' || c == '\t'));
  }

  private void indent(int depth) throws XMLStreamException {
    out.writeCharacters("\n" + String.join("", Collections.nCopies(depth, "  ")));
  }
}
