package org.impetusmta.module.http_io;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscribers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.impetusmta.api.io.IoLimits;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.api.io.IoWrapper;
import org.impetusmta.api.module.Module;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/**
 * {@code http://} and {@code https://}, for reading: one GET, whose answer must be 200. A user and
 * password in the URI are sent as Basic authentication (RFC 7617) to that server alone. Up to five
 * redirects are followed, none of them from https to http. Concurrent. Source: modules.httpio.
 */
@Module(
    name = "http_io",
    kind = Module.Kind.IO_SYSTEM,
    description = "HTTP and HTTPS I/O wrapper",
    singleton = "true",
    schemes = "http https")
@Component(factory = Module.FACTORY + "http_io", service = IoWrapper.class)
public final class HttpIo implements IoWrapper {
  static final int MOST_REDIRECTS = 5;

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  @Activate
  public HttpIo() {}

  /** What is being read fails. */
  @Deactivate
  public void stop() {
    client.shutdownNow();
  }

  @Override
  public InputStream read(IoUri uri, IoLimits limits) throws IOException {
    long deadline = System.nanoTime() + limits.timeout().toNanos();
    HttpTarget target = HttpTarget.of(uri);
    for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      HttpResponse<byte[]> response = get(target, limits, deadline);
      switch (response.statusCode()) {
        case 200 -> {
          return new ByteArrayInputStream(response.body());
        }
        case 301, 302, 303, 307, 308 -> target = redirected(target, response);
        default ->
            throw new IOException("found status " + response.statusCode() + ", expected 200");
      }
    }
    throw new IOException("found more than " + MOST_REDIRECTS + " redirects");
  }

  private static HttpTarget redirected(HttpTarget from, HttpResponse<byte[]> response)
      throws IOException {
    String location =
        response
            .headers()
            .firstValue("Location")
            .orElseThrow(() -> new IOException("found a redirect that does not say where to"));
    return from.redirected(location);
  }

  private HttpResponse<byte[]> get(HttpTarget target, IoLimits limits, long deadline)
      throws IOException {
    HttpRequest.Builder request = HttpRequest.newBuilder(target.uri()).GET();
    target.authorization().ifPresent(value -> request.header("Authorization", value));
    CompletableFuture<HttpResponse<byte[]>> answer =
        client.sendAsync(request.build(), limited(limits.octets()));
    try {
      return answer.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new IOException("no whole answer within " + told(limits.timeout()), e);
    } catch (ExecutionException e) {
      throw failed(target.uri(), e.getCause() == null ? e : e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    } finally {
      answer.cancel(true);
    }
  }

  /** What is too long is refused at its announcement, or else where the limit is reached. */
  private static BodyHandler<byte[]> limited(long octets) {
    return info -> {
      if (info.statusCode() != 200) {
        return BodySubscribers.replacing(new byte[0]);
      }
      long announced = info.headers().firstValueAsLong("Content-Length").orElse(0);
      return BodySubscribers.limiting(
          BodySubscribers.ofByteArray(), announced > octets ? 0 : octets);
    };
  }

  /** The client leaves the reason of some failures unsaid. */
  private static IOException failed(URI uri, Throwable cause) {
    String said = cause.getMessage();
    String reason =
        switch (cause) {
          case java.net.ConnectException e
              when e.getCause() instanceof java.nio.channels.UnresolvedAddressException ->
              "there is no host " + uri.getHost();
          case java.net.ConnectException _ -> "no connection to " + uri.getRawAuthority();
          case IOException _ when said != null && said.startsWith("body exceeds capacity") ->
              "the answer is too large";
          default -> said == null ? cause.getClass().getSimpleName() : said;
        };
    return new IOException(reason, cause);
  }

  private static String told(Duration time) {
    return time.toMillis() % 1000 == 0 ? time.toSeconds() + " s" : time.toMillis() + " ms";
  }
}
