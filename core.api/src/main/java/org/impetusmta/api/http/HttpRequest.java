package org.impetusmta.api.http;

import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** One request, whole. Single: the call that it is handed to. */
@ProviderType
public interface HttpRequest {
  /** As the client wrote it, {@code GET}; HEAD is told apart by the listener alone. */
  String method();

  /** The path, decoded, without query and without a slash at its end; {@code /} is the root. */
  String path();

  /** The first value of a parameter of the query, decoded. */
  default Optional<String> parameter(String name) {
    return parameters(name).stream().findFirst();
  }

  /** All values of a parameter of the query, decoded, in order. */
  List<String> parameters(String name);

  /** The first value of a header field. */
  Optional<String> header(String name);

  /** The body, which is in memory. */
  InputStream body();

  /** Octets of the body. */
  long bodyLength();

  /** {@code ip:port} of the client; empty on a Unix domain socket. */
  String remote();

  /** The Listen that it came in at, as the configuration names it. */
  String listen();

  /** Who the client has shown to be; empty where nobody asked. */
  Optional<String> user();
}
