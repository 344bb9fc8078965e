package org.impetusmta.module.ds_csv;

import de.siegmar.fastcsv.reader.CommentStrategy;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.impetusmta.api.datasource.DatasourceConnection;
import org.impetusmta.api.datasource.DatasourceDriver;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.DatasourceSettings;
import org.impetusmta.api.datasource.OctetText;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.Rows;
import org.impetusmta.api.io.IoLimits;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.api.io.IoWrappers;
import org.impetusmta.api.module.Module;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code csv:} with queries that are paths of files, or URIs of an I/O wrapper; all records are
 * rows (RFC 4180). Columns are called 1, 2, 3 and so on; with {@code csv:header} as the first line
 * says. A file with more than {@code max_rows} records is refused, never cut short. {@code
 * csv:comments} leaves out lines that begin with {@code #}; {@code csv:header,comments} does both.
 * Concurrent. Source: modules.ds_core.
 */
@Module(
    name = "ds_csv",
    kind = Module.Kind.SINGLETON,
    singleton = "true",
    drivers = "csv",
    description = "CSV files as data sources")
@Component(factory = Module.FACTORY + "ds_csv", service = DatasourceDriver.class)
public final class Csv implements DatasourceDriver {
  /** Larger files are refused. */
  private static final long LARGEST = 256L << 20;

  private static final Set<String> WORDS = Set.of("header", "comments");

  private final IoWrappers wrappers;

  @Activate
  public Csv(@Reference IoWrappers wrappers) {
    this.wrappers = wrappers;
  }

  @Override
  public Set<String> names() {
    return Set.of("csv");
  }

  @Override
  public void check(String name, String rest) {
    words(rest);
  }

  private static Set<String> words(String rest) {
    Set<String> words =
        List.of(rest.toLowerCase(Locale.ROOT).split(",")).stream()
            .map(String::strip)
            .filter(word -> !word.isEmpty())
            .collect(Collectors.toSet());
    if (!WORDS.containsAll(words)) {
      throw new IllegalArgumentException("expected csv:, csv:header, csv:comments or both words");
    }
    return words;
  }

  @Override
  public DatasourceConnection connect(String name, String rest, DatasourceSettings settings) {
    return new Files(words(rest), settings);
  }

  /** Reads files. */
  private final class Files implements DatasourceConnection {
    private final boolean header;
    private final boolean comments;
    private final DatasourceSettings settings;

    Files(Set<String> words, DatasourceSettings settings) {
      this.header = words.contains("header");
      this.comments = words.contains("comments");
      this.settings = settings;
    }

    @Override
    public Rows query(Query query, int maxRows) throws DatasourceException {
      if (!query.positional().isEmpty()) {
        throw new DatasourceException("a query of csv: is the name of a file, without parameters");
      }
      String text = query.text().strip();
      IoUri uri = IoUri.of(text).orElseGet(() -> new IoUri("file", text));
      List<CsvRecord> records = new ArrayList<>();
      int most = maxRows < 0 ? Integer.MAX_VALUE : maxRows + (header ? 1 : 0);
      try (CsvReader<CsvRecord> reader =
          reader(OctetText.of(read(uri), settings.assumeCharset()))) {
        for (CsvRecord row : reader) {
          if (records.size() >= most) {
            throw new DatasourceException(
                uri + " has more rows than max_rows lets through; -1: all");
          }
          records.add(row);
        }
      } catch (IOException | UncheckedIOException | CsvParseException e) {
        throw new DatasourceException(uri + ": " + e.getMessage(), false, e);
      }
      return rows(records);
    }

    private byte[] read(IoUri uri) throws IOException {
      try (InputStream in = wrappers.read(uri, new IoLimits(settings.queryTimeout(), LARGEST))) {
        return in.readAllBytes();
      }
    }

    private CsvReader<CsvRecord> reader(String text) {
      return CsvReader.builder()
          .allowUnclosedQuote(false)
          .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
          .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
          .commentStrategy(comments ? CommentStrategy.SKIP : CommentStrategy.NONE)
          .ofCsvRecord(text);
    }

    private Rows rows(List<CsvRecord> records) {
      List<List<String>> fields = records.stream().map(CsvRecord::getFields).toList();
      int width = fields.stream().mapToInt(List::size).max().orElse(0);
      List<String> columns =
          new ArrayList<>(header && !fields.isEmpty() ? fields.getFirst() : List.of());
      IntStream.rangeClosed(columns.size() + 1, width)
          .forEach(number -> columns.add(Integer.toString(number)));
      List<List<@Nullable String>> cells = new ArrayList<>();
      for (List<String> row : header ? fields.stream().skip(1).toList() : fields) {
        List<@Nullable String> wide = new ArrayList<>(row);
        while (wide.size() < width) {
          wide.add(null);
        }
        cells.add(wide);
      }
      return cells.isEmpty() ? Rows.NONE : new Rows(columns, cells);
    }

    @Override
    public void close() {
      // nothing stays open
    }
  }
}
