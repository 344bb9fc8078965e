package org.impetusmta.api.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What a resource answers. Immutable.
 *
 * @param status 200 to 599
 * @param headers further fields of the head, without those of connection, length and transfer
 * @param content written once, or not at all where the client asked for the head alone
 */
public record HttpAnswer(int status, Map<String, String> headers, Content content) {
  /** The type of JSON. */
  public static final String JSON = "application/json";

  /** The type of text. */
  public static final String TEXT = "text/plain; charset=utf-8";

  private static final String CONTENT_TYPE = "Content-Type";

  /** A body. */
  public interface Content {
    /** Its octets, where that is known. */
    default OptionalLong length() {
      return OptionalLong.empty();
    }

    /**
     * Writes it. {@code to} blocks while the client does not read, and fails once it is gone.
     *
     * @throws IOException when the client is gone, or the rest cannot be had: the connection ends
     */
    void writeTo(OutputStream to) throws IOException;
  }

  /** An answer; the fields are copied. */
  public HttpAnswer {
    if (status < 200 || status > 599) {
      throw new IllegalArgumentException("no status of an answer: " + status);
    }
    headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
  }

  /** A body that is there. */
  public static HttpAnswer of(int status, String type, byte[] body) {
    byte[] octets = body.clone();
    return new HttpAnswer(
        status,
        Map.of(CONTENT_TYPE, type),
        new Content() {
          @Override
          public OptionalLong length() {
            return OptionalLong.of(octets.length);
          }

          @Override
          public void writeTo(OutputStream to) throws IOException {
            to.write(octets);
          }
        });
  }

  /** A text as UTF-8. */
  public static HttpAnswer of(int status, String type, String body) {
    return of(status, type, body.getBytes(StandardCharsets.UTF_8));
  }

  /** A body that is made as it is sent. */
  public static HttpAnswer streamed(int status, String type, Content content) {
    return new HttpAnswer(status, Map.of(CONTENT_TYPE, type), content);
  }

  /** This, with one more field in the head. */
  public HttpAnswer with(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return new HttpAnswer(status, more, content);
  }
}
