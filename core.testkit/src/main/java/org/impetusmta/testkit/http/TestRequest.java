package org.impetusmta.testkit.http;

import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.http.HttpRequest;

/**
 * A request without a body, of nobody. Immutable.
 *
 * @param query parameters, each with one value
 * @param headers fields by their names as they are asked for
 */
public record TestRequest(
    String method, String path, Map<String, String> query, Map<String, String> headers)
    implements HttpRequest {

  /** A GET of a path alone. */
  public static TestRequest get(String path) {
    return new TestRequest("GET", path, Map.of(), Map.of());
  }

  @Override
  public List<String> parameters(String name) {
    return Optional.ofNullable(query.get(name)).stream().toList();
  }

  @Override
  public Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }

  @Override
  public InputStream body() {
    return InputStream.nullInputStream();
  }

  @Override
  public long bodyLength() {
    return 0;
  }

  @Override
  public String remote() {
    return "";
  }

  @Override
  public String listen() {
    return "";
  }

  @Override
  public Optional<String> user() {
    return Optional.empty();
  }
}
