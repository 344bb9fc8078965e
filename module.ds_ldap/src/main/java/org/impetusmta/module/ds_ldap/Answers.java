package org.impetusmta.module.ds_ldap;

import com.unboundid.ldap.sdk.Attribute;
import com.unboundid.ldap.sdk.SearchResultEntry;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.impetusmta.api.datasource.OctetText;
import org.impetusmta.api.datasource.Rows;
import org.jspecify.annotations.Nullable;

/**
 * Entries as rows: a column for each attribute, in the order in which they were asked for, and a
 * row for each entry. An attribute with more values goes on in rows of its own, in which the other
 * cells are empty: {@link Rows#column} has all its values, each once. Stateless.
 */
final class Answers {
  private Answers() {}

  /**
   * @param asked the attributes; none, or with {@code *} or {@code +}: those that there are
   * @param returnDn the column for the distinguished name
   * @param octets the charset of values that are not UTF-8
   */
  static Rows of(
      List<SearchResultEntry> entries,
      List<String> asked,
      Optional<String> returnDn,
      Charset octets) {
    Map<String, String> columns = new LinkedHashMap<>();
    boolean all = asked.isEmpty() || asked.contains("*") || asked.contains("+");
    returnDn.ifPresent(name -> columns.put(key(name), name));
    if (all) {
      entries.forEach(entry -> entry.getAttributes().forEach(a -> add(columns, a.getName())));
    } else {
      asked.forEach(name -> add(columns, name));
    }
    List<List<@Nullable String>> rows = new ArrayList<>();
    for (SearchResultEntry entry : entries) {
      rows.addAll(rows(entry, columns, returnDn, octets));
    }
    return new Rows(List.copyOf(columns.values()), rows);
  }

  private static void add(Map<String, String> columns, String name) {
    columns.putIfAbsent(key(name), name);
  }

  private static String key(String name) {
    return name.toLowerCase(java.util.Locale.ROOT);
  }

  private static List<List<@Nullable String>> rows(
      SearchResultEntry entry,
      Map<String, String> columns,
      Optional<String> returnDn,
      Charset octets) {
    Map<String, List<String>> values = new TreeMap<>();
    int height = 1;
    for (String key : columns.keySet()) {
      List<String> cells =
          returnDn.isPresent() && key.equals(key(returnDn.get()))
              ? List.of(entry.getDN())
              : values(entry.getAttribute(key), octets);
      values.put(key, cells);
      height = Math.max(height, cells.size());
    }
    List<List<@Nullable String>> rows = new ArrayList<>();
    for (int i = 0; i < height; i++) {
      List<@Nullable String> row = new ArrayList<>();
      for (String key : columns.keySet()) {
        List<String> cells = values.getOrDefault(key, List.of());
        row.add(i < cells.size() ? cells.get(i) : null);
      }
      rows.add(row);
    }
    return rows;
  }

  private static List<String> values(@Nullable Attribute attribute, Charset octets) {
    List<String> values = new ArrayList<>();
    if (attribute != null) {
      for (byte[] value : attribute.getValueByteArrays()) {
        values.add(OctetText.of(value, octets));
      }
    }
    return values;
  }
}
