package org.impetusmta.core.console;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.impetusmta.api.console.Report;

/**
 * The values of a {@link Report} for programs, on one line. In JSON an object, numbers that are not
 * whole with two digits behind the point at most. In XML an element that is named after the
 * command, {@code cache stat}: {@code <CacheStat>}; the elements of a list follow each other under
 * its name. Stateless.
 */
final class ReportForms {
  private static final JsonFactory JSON = new JsonFactory();
  private static final Pattern CONTROLS = Pattern.compile("[\\x7f-\\x9f]");

  private ReportForms() {}

  static String json(Report report) {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = JSON.createGenerator(text)) {
      json(report.values(), out);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a StringWriter does not throw
    }
    // what the console would show as \xHH, which JSON does not know; it is inside strings alone
    return CONTROLS
        .matcher(text.toString())
        .replaceAll(found -> "\\\\u%04x".formatted(found.group().codePointAt(0)));
  }

  private static void json(Object value, JsonGenerator out) throws IOException {
    switch (value) {
      case Report report -> json(report.values(), out);
      case Map<?, ?> values -> {
        out.writeStartObject();
        for (Map.Entry<?, ?> entry : values.entrySet()) {
          out.writeFieldName(String.valueOf(entry.getKey()));
          json(entry.getValue(), out);
        }
        out.writeEndObject();
      }
      case List<?> list -> {
        out.writeStartArray();
        for (Object element : list) {
          json(element, out);
        }
        out.writeEndArray();
      }
      case Boolean flag -> out.writeBoolean(flag);
      case Double number -> out.writeNumber(rounded(number));
      case Number number -> out.writeNumber(number.longValue());
      default -> out.writeString(value.toString());
    }
  }

  private static double rounded(double number) {
    return Double.isFinite(number) ? Math.round(number * 100) / 100.0 : 0;
  }

  static String xml(String command, Report report) {
    StringBuilder name = new StringBuilder();
    for (String word : command.split("[^A-Za-z0-9]+", -1)) {
      if (!word.isEmpty()) {
        name.append(word.substring(0, 1).toUpperCase(Locale.ROOT)).append(word.substring(1));
      }
    }
    StringBuilder out = new StringBuilder();
    xml(name.toString(), report, out);
    return out.toString();
  }

  private static void xml(String name, Object value, StringBuilder out) {
    if (value instanceof List<?> list) {
      list.forEach(element -> xml(name, element, out));
      return;
    }
    out.append('<').append(name).append('>');
    switch (value) {
      case Report report -> report.values().forEach((inner, said) -> xml(inner, said, out));
      case Double number -> out.append(rounded(number));
      default -> out.append(Xml.text(value.toString()));
    }
    out.append("</").append(name).append('>');
  }
}
