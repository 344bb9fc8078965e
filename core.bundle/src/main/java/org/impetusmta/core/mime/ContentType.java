package org.impetusmta.core.mime;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.james.mime4j.codec.DecodeMonitor;
import org.apache.james.mime4j.dom.field.ContentTypeField;
import org.apache.james.mime4j.field.ContentTypeFieldLenientImpl;
import org.apache.james.mime4j.stream.RawField;

/**
 * What a Content-Type field says (RFC 2045 section 5), read by Mime4J. Immutable.
 *
 * @param type type and subtype in lower case
 * @param parameters by name in lower case
 */
record ContentType(String type, Map<String, String> parameters) {
  /** What a part is that declares nothing, or nonsense. */
  static final ContentType PLAIN = new ContentType("text/plain", Map.of());

  /** What a part of a multipart/digest is that declares nothing. */
  static final ContentType MESSAGE = new ContentType("message/rfc822", Map.of());

  static ContentType parse(String value) {
    ContentTypeField field =
        ContentTypeFieldLenientImpl.PARSER.parse(
            new RawField("Content-Type", value), DecodeMonitor.SILENT);
    String type = field.getMimeType();
    if (type == null || type.indexOf('/') < 1 || type.endsWith("/")) {
      return PLAIN;
    }
    Map<String, String> parameters = new TreeMap<>();
    field
        .getParameters()
        .forEach((name, text) -> parameters.putIfAbsent(name.toLowerCase(Locale.ROOT), text));
    return new ContentType(type.toLowerCase(Locale.ROOT), parameters);
  }

  boolean isText() {
    return type.startsWith("text/");
  }

  boolean isMultipart() {
    return type.startsWith("multipart/");
  }

  boolean isMessage() {
    return type.equals("message/rfc822") || type.equals("message/global");
  }
}
