package org.impetusmta.client.audit;

import java.io.IOException;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.impetusmta.api.config.Cidr;
import org.impetusmta.client.audit.CidrQuery.Aggregate;
import org.impetusmta.client.audit.SeriesFiles.Entry;
import org.impetusmta.client.audit.SeriesFiles.Stamped;

/** Answers what is typed behind {@code cidr>}. Concurrent; blocks. Source: cluster.cidr_server. */
final class CidrShell {
  private static final Comparator<Cidr> IN_ORDER =
      Comparator.comparing(Cidr::ipv6)
          .thenComparing(Cidr::high, Long::compareUnsigned)
          .thenComparing(Cidr::low, Long::compareUnsigned)
          .thenComparingInt(Cidr::prefixLength);

  private final SeriesFiles files;

  CidrShell(SeriesFiles files) {
    this.files = files;
  }

  /** A line of an answer: what is counted, and a count for each series. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Row(String name, long[] counts) {
    String line() {
      if (counts.length == 1) {
        return "%-19s: %9d".formatted(name, counts[0]);
      }
      return "%-19s: %s"
          .formatted(
              name, String.join(",", Arrays.stream(counts).mapToObj(Long::toString).toList()));
    }
  }

  /**
   * The lines of the answer.
   *
   * @throws IllegalArgumentException for what makes no sense; says what was expected
   */
  List<String> answer(String line) throws IOException {
    String words = line.strip().toLowerCase(Locale.ROOT).replaceAll("\\s+", " ");
    return switch (words) {
      case "show available" -> available();
      case "cache details" -> cacheDetails();
      default -> {
        if (!words.startsWith("show count for ")) {
          throw new IllegalArgumentException(
              "expected show available, show count for, or cache details");
        }
        yield count(CidrQuery.parse(line));
      }
    };
  }

  private List<String> available() throws IOException {
    List<String> lines = new ArrayList<>();
    files
        .all()
        .forEach(
            (series, stamped) ->
                lines.add(
                    "%s : %s => %s"
                        .formatted(
                            series,
                            SeriesFiles.STAMP.format(stamped.getFirst().time()),
                            SeriesFiles.STAMP.format(stamped.getLast().time()))));
    return lines;
  }

  private List<String> cacheDetails() {
    List<String> lines = new ArrayList<>(List.of("$VAR1 = ["));
    List<String> paths = files.cached().stream().map(path -> "'" + path + "'").toList();
    for (int i = 0; i < paths.size(); i++) {
      lines.add(paths.get(i) + (i + 1 < paths.size() ? "," : ""));
    }
    lines.add("];");
    return lines;
  }

  private List<String> count(CidrQuery query) throws IOException {
    List<Row> rows = new ArrayList<>();
    int columns = query.union() ? 1 : query.series().size();
    Map<Cidr, long[]> blocks = new HashMap<>();
    Map<LocalDate, long[]> days = new TreeMap<>();
    Map<String, List<Stamped>> all = files.all();
    for (int i = 0; i < query.series().size(); i++) {
      int column = query.union() ? 0 : i;
      for (Stamped file : all.getOrDefault(query.series().get(i), List.of())) {
        if (file.time().isBefore(query.from()) || !file.time().isBefore(query.to())) {
          continue;
        }
        for (Entry entry : files.read(file.path())) {
          if (!within(query.cidr(), entry.cidr())) {
            continue;
          }
          if (query.aggregate() == Aggregate.NOTHING) {
            count(query, entry, column, columns, blocks);
          } else {
            LocalDate day =
                query.aggregate() == Aggregate.ALL ? LocalDate.EPOCH : file.time().toLocalDate();
            days.computeIfAbsent(day, _ -> new long[columns])[column] += entry.count();
          }
        }
      }
    }
    blocks.entrySet().stream()
        .sorted(Map.Entry.comparingByKey(IN_ORDER))
        .forEach(block -> rows.add(new Row(name(block.getKey()), block.getValue())));
    days.forEach(
        (day, counts) ->
            rows.add(
                new Row(
                    query.aggregate() == Aggregate.ALL
                        ? name(query.cidr())
                        : DateTimeFormatter.BASIC_ISO_DATE.format(day),
                    counts)));
    if (query.byCount()) {
      rows.sort((a, b) -> Arrays.compare(b.counts(), a.counts()));
    }
    return rows.stream()
        .filter(row -> Arrays.stream(row.counts()).anyMatch(n -> n >= query.threshold()))
        .limit(query.limit())
        .map(Row::line)
        .toList();
  }

  private static void count(
      CidrQuery query, Entry entry, int column, int columns, Map<Cidr, long[]> blocks) {
    Cidr key = entry.cidr();
    int longest = Math.min(query.longest(), key.prefixLength());
    for (int length = Math.min(query.shortest(), longest); length <= longest; length++) {
      Cidr block = new Cidr(key.ipv6(), key.high(), key.low(), length);
      blocks.computeIfAbsent(block, _ -> new long[columns])[column] += entry.count();
    }
  }

  private static boolean within(Cidr outer, Cidr inner) {
    return outer.ipv6() == inner.ipv6()
        && inner.prefixLength() >= outer.prefixLength()
        && new Cidr(inner.ipv6(), inner.high(), inner.low(), outer.prefixLength()).equals(outer);
  }

  private static String name(Cidr cidr) {
    String text = cidr.toString();
    return text.indexOf('/') < 0 ? text + "/" + cidr.prefixLength() : text;
  }
}
