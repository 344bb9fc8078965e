package org.impetusmta.module.ds_redis;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.datasource.DatasourceConnection;
import org.impetusmta.api.datasource.DatasourceDriver;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.DatasourceSettings;
import org.impetusmta.api.datasource.OctetText;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.Rows;
import org.impetusmta.api.module.Module;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.commands.ProtocolCommand;
import redis.clients.jedis.exceptions.JedisAccessControlException;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * {@code redis:host=…;port=…;db=…;user=…;password=…;tls=yes} with queries that are commands, {@code
 * GET user:$user}. A value is a row of the column {@code value}; HGETALL has the columns {@code
 * field} and {@code value}. Concurrent. Beyond the manual.
 */
@Module(
    name = "ds_redis",
    kind = Module.Kind.SINGLETON,
    singleton = "true",
    drivers = "redis",
    description = "Redis as a data source")
@Component(factory = Module.FACTORY + "ds_redis", service = DatasourceDriver.class)
public final class Redis implements DatasourceDriver {
  private static final Logger LOG = LoggerFactory.getLogger(Redis.class);

  /** What {@code user} is called where a URI has a password alone. */
  private static final String NOBODY = "default";

  @Activate
  public Redis() {
    // nothing to configure
  }

  @Override
  public Set<String> names() {
    return Set.of("redis");
  }

  @Override
  public void check(String name, String rest) {
    RedisUri.parse(rest);
  }

  @Override
  public DatasourceConnection connect(String name, String rest, DatasourceSettings settings)
      throws DatasourceException {
    RedisUri uri = RedisUri.parse(rest);
    Optional<String> password = uri.password();
    if (password.isEmpty() && uri.user().isPresent()) {
      password = settings.credentials().password(uri.host(), uri.user().get(), "redis");
    }
    DefaultJedisClientConfig.Builder config =
        DefaultJedisClientConfig.builder()
            .resp2()
            .connectionTimeoutMillis(millis(settings.connectTimeout().toMillis()))
            .socketTimeoutMillis(millis(settings.queryTimeout().toMillis()))
            .database(uri.database())
            .clientName("impetus");
    if (uri.tls()) {
      config.sslOptions(SslOptions.defaults()); // trusted, and of that name
    }
    if (password.isPresent()) {
      config.user(uri.user().orElse(NOBODY)).password(password.get());
    }
    Connection connection = null;
    try {
      connection = new Connection(new HostAndPort(uri.host(), uri.port()), config.build());
      if (!connection.isConnected()) {
        connection.connect();
      }
      return new Open(connection, uri, settings);
    } catch (JedisException e) {
      if (connection != null) {
        connection.disconnect();
      }
      throw new DatasourceException(uri + ": " + e.getMessage(), true, e);
    }
  }

  private static int millis(long millis) {
    return (int) Math.min(Integer.MAX_VALUE, millis);
  }

  /** A connection. Single. */
  private static final class Open implements DatasourceConnection {
    private final Connection connection;
    private final RedisUri uri;
    private final DatasourceSettings settings;

    Open(Connection connection, RedisUri uri, DatasourceSettings settings) {
      this.connection = connection;
      this.uri = uri;
      this.settings = settings;
    }

    @Override
    public Rows query(Query query, int maxRows) throws DatasourceException {
      RedisCommand command = RedisCommand.of(query).requireReading();
      Object answer = ask(command);
      int width = command.name().equals("HGETALL") ? 2 : 1;
      List<@Nullable Object> flat = new ArrayList<>();
      if (answer instanceof List<?> list) {
        flat.addAll(list);
      } else if (answer != null) {
        flat.add(answer);
      }
      List<List<@Nullable String>> cells = new ArrayList<>();
      for (int i = 0;
          i + width <= flat.size() && (maxRows < 0 || cells.size() < maxRows);
          i += width) {
        cells.add(flat.subList(i, i + width).stream().map(this::text).toList());
      }
      return cells.isEmpty()
          ? Rows.NONE
          : new Rows(width == 2 ? List.of("field", "value") : List.of("value"), cells);
    }

    @Override
    public long execute(Query statement) throws DatasourceException {
      return ask(RedisCommand.of(statement)) instanceof Long count ? count : -1;
    }

    private @Nullable String text(@Nullable Object value) {
      return value instanceof byte[] octets
          ? OctetText.of(octets, settings.assumeCharset())
          : value == null ? null : value.toString();
    }

    private @Nullable Object ask(RedisCommand command) throws DatasourceException {
      byte[] name = command.name().getBytes(StandardCharsets.US_ASCII);
      CommandArguments arguments = new CommandArguments((ProtocolCommand) () -> name);
      command
          .arguments()
          .forEach(argument -> arguments.add(argument.getBytes(StandardCharsets.UTF_8)));
      try {
        return connection.executeCommand(arguments);
      } catch (JedisAccessControlException e) {
        throw new DatasourceException(uri + ": " + e.getMessage(), true, e);
      } catch (JedisDataException e) {
        throw new DatasourceException(uri + ": " + e.getMessage(), false, e);
      } catch (JedisConnectionException e) {
        throw new DatasourceException(uri + ": " + e.getMessage(), true, e);
      } catch (JedisException e) {
        throw new DatasourceException(uri + ": " + e.getMessage(), connection.isBroken(), e);
      }
    }

    @Override
    public boolean alive() {
      try {
        return connection.ping();
      } catch (JedisException e) {
        LOG.debug("{}", uri, e);
        return false;
      }
    }

    @Override
    public void close() {
      try {
        connection.disconnect();
      } catch (JedisException e) {
        LOG.debug("{}", uri, e);
      }
    }
  }
}
