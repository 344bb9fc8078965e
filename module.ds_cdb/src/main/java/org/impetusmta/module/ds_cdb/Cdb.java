package org.impetusmta.module.ds_cdb;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.impetusmta.api.datasource.DatasourceConnection;
import org.impetusmta.api.datasource.DatasourceDriver;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.DatasourceSettings;
import org.impetusmta.api.datasource.OctetText;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.QueryTemplate;
import org.impetusmta.api.datasource.Rows;
import org.impetusmta.api.module.Module;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code cdb:/path/to/data.cdb} with queries that are keys, {@code $name} in them or a lone {@code
 * ?}: a row for each value, one column called {@code value}. A file that another took the place of
 * is opened anew with the next query. Concurrent. Source: modules.ds_core.
 */
@Module(
    name = "ds_cdb",
    kind = Module.Kind.SINGLETON,
    singleton = "true",
    drivers = "cdb",
    description = "Constant databases as data sources")
@Component(factory = Module.FACTORY + "ds_cdb", service = DatasourceDriver.class)
public final class Cdb implements DatasourceDriver {
  private static final Logger LOG = LoggerFactory.getLogger(Cdb.class);

  @Activate
  public Cdb() {
    // nothing to configure
  }

  @Override
  public Set<String> names() {
    return Set.of("cdb");
  }

  @Override
  public void check(String name, String rest) {
    path(rest);
  }

  private static Path path(String rest) {
    try {
      Path path = Path.of(rest);
      if (path.isAbsolute()) {
        return path;
      }
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("expected cdb:/path/of/a/file", e);
    }
    throw new IllegalArgumentException("expected cdb:/path/of/a/file, found cdb:" + rest);
  }

  @Override
  public DatasourceConnection connect(String name, String rest, DatasourceSettings settings)
      throws DatasourceException {
    Path path = path(rest);
    try {
      return new Open(path, settings);
    } catch (IOException e) {
      throw new DatasourceException(path + ": " + e, true, e);
    }
  }

  /** A file and which one it was. */
  private static final class Open implements DatasourceConnection {
    private final Path path;
    private final DatasourceSettings settings;
    private CdbFile file;
    private Identity identity;

    private record Identity(@Nullable Object key, long size, long modified) {
      static Identity of(Path path) throws IOException {
        BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
        return new Identity(now.fileKey(), now.size(), now.lastModifiedTime().toMillis());
      }
    }

    Open(Path path, DatasourceSettings settings) throws IOException {
      this.path = path;
      this.settings = settings;
      this.identity = Identity.of(path);
      this.file = new CdbFile(path);
    }

    @Override
    public Rows query(Query query, int maxRows) throws DatasourceException {
      byte[] key = key(query).getBytes(StandardCharsets.UTF_8);
      try {
        follow();
        List<List<@Nullable String>> cells = new ArrayList<>();
        for (byte[] value : file.find(key, maxRows)) {
          cells.add(List.of(OctetText.of(value, settings.assumeCharset())));
        }
        return cells.isEmpty() ? Rows.NONE : new Rows(List.of("value"), cells);
      } catch (IOException e) {
        throw new DatasourceException(path + ": " + e, true, e);
      }
    }

    private static String key(Query query) throws DatasourceException {
      List<String> positional = query.positional();
      if (query.text().strip().equals("?") && positional.size() == 1) {
        return positional.getFirst();
      }
      if (!positional.isEmpty()) {
        throw new DatasourceException("a query of cdb: is a key, ? alone, or has $name in it");
      }
      return QueryTemplate.fill(query.text(), query.named(), UnaryOperator.identity());
    }

    private void follow() throws IOException {
      Identity now = Identity.of(path);
      if (!Objects.equals(now, identity)) {
        CdbFile next = new CdbFile(path);
        close();
        file = next;
        identity = now;
      }
    }

    @Override
    public void close() {
      try {
        file.close();
      } catch (IOException e) {
        LOG.debug("{}", path, e);
      }
    }
  }
}
