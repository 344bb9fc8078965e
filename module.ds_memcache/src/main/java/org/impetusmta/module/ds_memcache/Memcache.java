package org.impetusmta.module.ds_memcache;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.impetusmta.api.datasource.DatasourceConnection;
import org.impetusmta.api.datasource.DatasourceDriver;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.DatasourceSettings;
import org.impetusmta.api.datasource.OctetText;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.QueryTemplate;
import org.impetusmta.api.datasource.Rows;
import org.impetusmta.api.module.Module;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code memcache:host=…;port=…} with queries that are keys, {@code user:$user} or a lone {@code
 * ?}: one row, one column called {@code value}. What can be no key (more than 250 octets, blanks or
 * control characters) has no value. Concurrent. Source: memcached's protocol.txt; beyond the
 * manual.
 */
@Module(
    name = "ds_memcache",
    kind = Module.Kind.SINGLETON,
    singleton = "true",
    drivers = "memcache",
    description = "memcached as a data source")
@Component(factory = Module.FACTORY + "ds_memcache", service = DatasourceDriver.class)
public final class Memcache implements DatasourceDriver {
  private static final Logger LOG = LoggerFactory.getLogger(Memcache.class);
  private static final Pattern URI =
      Pattern.compile("host=([A-Za-z0-9._:-]+)(?:;port=(\\d{1,5}))?;?", Pattern.CASE_INSENSITIVE);
  private static final int PORT = 11_211;
  private static final int LONGEST_KEY = 250;

  /** Of a line, and of a value: memcached has 1 MiB, unless it is told otherwise. */
  private static final int LONGEST_LINE = 4096;

  private static final int LARGEST = 64 << 20;

  @Activate
  public Memcache() {
    // nothing to configure
  }

  @Override
  public Set<String> names() {
    return Set.of("memcache");
  }

  @Override
  public void check(String name, String rest) {
    address(rest);
  }

  private static InetSocketAddress address(String rest) {
    Matcher uri = URI.matcher(rest.isBlank() ? "host=localhost" : rest.strip());
    if (!uri.matches()) {
      throw new IllegalArgumentException("expected memcache:host=…;port=…");
    }
    int port = uri.group(2) == null ? PORT : Integer.parseInt(uri.group(2));
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("port: expected a number from 1 to 65535");
    }
    return InetSocketAddress.createUnresolved(uri.group(1), port);
  }

  @Override
  public DatasourceConnection connect(String name, String rest, DatasourceSettings settings)
      throws DatasourceException {
    InetSocketAddress address = address(rest);
    Socket socket = new Socket();
    try {
      socket.connect(
          new InetSocketAddress(address.getHostString(), address.getPort()),
          millis(settings.connectTimeout().toMillis()));
      socket.setSoTimeout(millis(settings.queryTimeout().toMillis()));
      socket.setTcpNoDelay(true);
      return new Open(socket, settings);
    } catch (IOException e) {
      close(socket);
      throw new DatasourceException(address + ": " + e.getMessage(), true, e);
    }
  }

  private static int millis(long millis) {
    return (int) Math.min(Integer.MAX_VALUE, millis);
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      LOG.debug("{}", socket, e);
    }
  }

  /** A connection. Single. */
  private static final class Open implements DatasourceConnection {
    private final Socket socket;
    private final InputStream in;
    private final DatasourceSettings settings;

    Open(Socket socket, DatasourceSettings settings) throws IOException {
      this.socket = socket;
      this.in = new BufferedInputStream(socket.getInputStream());
      this.settings = settings;
    }

    @Override
    public Rows query(Query query, int maxRows) throws DatasourceException {
      byte[] key = key(query).getBytes(StandardCharsets.UTF_8);
      if (!isKey(key) || maxRows == 0) {
        return Rows.NONE;
      }
      try {
        return get(key);
      } catch (IOException e) {
        throw new DatasourceException("memcached: " + e.getMessage(), true, e);
      }
    }

    private static String key(Query query) throws DatasourceException {
      List<String> positional = query.positional();
      if (query.text().strip().equals("?") && positional.size() == 1) {
        return positional.getFirst();
      }
      if (!positional.isEmpty()) {
        throw new DatasourceException("a query of memcache: is a key, ? alone, or has $name in it");
      }
      return QueryTemplate.fill(query.text().strip(), query.named(), UnaryOperator.identity());
    }

    private static boolean isKey(byte[] key) {
      for (byte octet : key) {
        if ((octet & 0xff) <= ' ' || octet == 0x7f) {
          return false;
        }
      }
      return key.length > 0 && key.length <= LONGEST_KEY;
    }

    /** {@code get KEY}; {@code VALUE key flags octets}, the octets, {@code END}; or END alone. */
    private Rows get(byte[] key) throws IOException, DatasourceException {
      byte[] line = new byte[key.length + 6];
      System.arraycopy("get ".getBytes(StandardCharsets.US_ASCII), 0, line, 0, 4);
      System.arraycopy(key, 0, line, 4, key.length);
      line[line.length - 2] = '\r';
      line[line.length - 1] = '\n';
      socket.getOutputStream().write(line);
      String answer = line();
      if (answer.equals("END")) {
        return Rows.NONE;
      }
      String[] words = answer.split(" ");
      if (words.length < 4 || !words[0].equals("VALUE") || !words[3].matches("\\d{1,8}")) {
        throw new IOException("it answers " + answer.replaceAll("[^ -~]", "?"));
      }
      int length = Integer.parseInt(words[3]);
      if (length > LARGEST) {
        throw new IOException("a value of " + length + " octets is too long");
      }
      byte[] value = in.readNBytes(length);
      if (value.length < length || !line().isEmpty() || !line().equals("END")) {
        throw new IOException("it does not end its answer");
      }
      return new Rows(
          List.of("value"), List.of(List.of(OctetText.of(value, settings.assumeCharset()))));
    }

    private String line() throws IOException {
      StringBuilder line = new StringBuilder();
      while (line.length() < LONGEST_LINE) {
        int octet = in.read();
        if (octet < 0) {
          throw new EOFException("it closed the connection");
        }
        if (octet == '\n') {
          int end = line.length();
          return end > 0 && line.charAt(end - 1) == '\r'
              ? line.substring(0, end - 1)
              : line.toString();
        }
        line.append((char) octet);
      }
      throw new IOException("it answers with a line that is too long");
    }

    @Override
    public boolean alive() {
      try {
        socket.getOutputStream().write("version\r\n".getBytes(StandardCharsets.US_ASCII));
        return line().toUpperCase(Locale.ROOT).startsWith("VERSION");
      } catch (IOException e) {
        LOG.debug("{}", socket, e);
        return false;
      }
    }

    @Override
    public void close() {
      Memcache.close(socket);
    }
  }
}
