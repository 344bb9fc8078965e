package org.impetusmta.module.ds_iowrapper;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.impetusmta.api.datasource.DatasourceConnection;
import org.impetusmta.api.datasource.DatasourceDriver;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.DatasourceSettings;
import org.impetusmta.api.datasource.OctetText;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.QueryTemplate;
import org.impetusmta.api.datasource.Rows;
import org.impetusmta.api.io.IoLimits;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.api.io.IoWrappers;
import org.impetusmta.api.module.Module;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code iowrapper:} with queries that are URIs of an I/O wrapper, or paths of files: one row, one
 * column called {@code content}. Values of {@code $name} are percent-encoded, so that none of them
 * is more than a part of a path or of a URL. Concurrent. Source: modules.ds_core.
 */
@Module(
    name = "ds_iowrapper",
    kind = Module.Kind.SINGLETON,
    singleton = "true",
    drivers = "iowrapper",
    description = "Files, and what I/O wrappers read, as data sources")
@Component(factory = Module.FACTORY + "ds_iowrapper", service = DatasourceDriver.class)
public final class IoWrapperDriver implements DatasourceDriver {
  /** Longer texts are refused. */
  private static final long LARGEST = 16L << 20;

  private static final String AS_IS = "-._~@+=";
  private static final char[] HEX = "0123456789ABCDEF".toCharArray();

  private final IoWrappers wrappers;

  @Activate
  public IoWrapperDriver(@Reference IoWrappers wrappers) {
    this.wrappers = wrappers;
  }

  @Override
  public Set<String> names() {
    return Set.of("iowrapper");
  }

  @Override
  public void check(String name, String rest) {
    if (!rest.isBlank()) {
      throw new IllegalArgumentException("expected iowrapper: alone; queries say what is read");
    }
  }

  @Override
  public DatasourceConnection connect(String name, String rest, DatasourceSettings settings) {
    return new Reader(settings);
  }

  /** Percent-encodes: octets but letters, digits and a few signs, and dots of a name of dots. */
  static String encoded(String value) {
    boolean dots = !value.isEmpty() && value.chars().allMatch(c -> c == '.');
    StringBuilder out = new StringBuilder(value.length() + 16);
    for (byte octet : value.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (octet & 0xff);
      boolean alphanumeric =
          (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (alphanumeric || (AS_IS.indexOf(c) >= 0 && !dots)) {
        out.append(c);
      } else {
        out.append('%').append(HEX[c >> 4]).append(HEX[c & 15]);
      }
    }
    return out.toString();
  }

  /** Reads. */
  private final class Reader implements DatasourceConnection {
    private final DatasourceSettings settings;

    Reader(DatasourceSettings settings) {
      this.settings = settings;
    }

    @Override
    public Rows query(Query query, int maxRows) throws DatasourceException {
      if (!query.positional().isEmpty()) {
        throw new DatasourceException("queries of iowrapper: have parameters by name, $name");
      }
      String text = query.text().strip();
      requireFixedScheme(text);
      String filled = QueryTemplate.fill(text, query.named(), IoWrapperDriver::encoded);
      IoUri uri = IoUri.of(filled).orElseGet(() -> new IoUri("file", filled));
      try (InputStream in = wrappers.read(uri, new IoLimits(settings.queryTimeout(), LARGEST))) {
        String content = OctetText.of(in.readAllBytes(), settings.assumeCharset());
        return maxRows == 0 ? Rows.NONE : new Rows(List.of("content"), List.of(List.of(content)));
      } catch (IOException e) {
        throw new DatasourceException(uri + ": " + e.getMessage(), false, e);
      }
    }

    /** What is read with, and from which host, is never a value. */
    private static void requireFixedScheme(String text) throws DatasourceException {
      int scheme = text.indexOf("://");
      int dollar = text.indexOf('$');
      int path = text.indexOf('/', scheme < 0 ? 0 : scheme + 3);
      if (dollar >= 0 && (path < 0 || dollar < path)) {
        throw new DatasourceException("expected $name behind the scheme and the host of the query");
      }
    }

    @Override
    public void close() {
      // nothing stays open
    }
  }
}
