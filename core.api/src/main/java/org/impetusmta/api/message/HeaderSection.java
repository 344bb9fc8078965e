package org.impetusmta.api.message;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The header section of a {@link Body} (RFC 5322 section 2.2), field by field, over the wire form:
 * fields are found when somebody asks, nothing behind the empty line is looked at, what no edit
 * touches stays as it came, octet for octet.
 *
 * <p>Names are US-ASCII, their case does not count. Values are unfolded, without blanks around
 * them, an octet for each character: whether they are UTF-8 or encoded words is for the reader to
 * say. A line that is no field is kept and has no name; content that begins with a blank has no
 * header, and gets an empty line in front once it has one.
 *
 * <p>Thread-safety: single.
 */
public final class HeaderSection {
  /** Characters of a line that a new field is folded at, where it has blanks. */
  private static final int FOLD = 78;

  private final Body original;
  private final byte[] header;
  private final int length;

  /** Whether the content begins with what could only go on with a field. */
  private final boolean headless;

  private final List<Field> fields = new ArrayList<>();
  private boolean edited;

  /** {@code octets[from, to)} with its CRLF. */
  private static final class Field {
    private final byte[] octets;
    private final int from;
    private final int to;
    private final int nameFrom;
    private final int nameTo;
    private final int valueFrom;

    Field(byte[] octets, int from, int to, int nameFrom, int nameTo, int valueFrom) {
      this.octets = octets;
      this.from = from;
      this.to = to;
      this.nameFrom = nameFrom;
      this.nameTo = nameTo;
      this.valueFrom = valueFrom;
    }

    boolean named(String name) {
      if (nameTo - nameFrom != name.length()) {
        return false;
      }
      for (int i = 0; i < name.length(); i++) {
        if (lower(octets[nameFrom + i]) != lower((byte) name.charAt(i))) {
          return false;
        }
      }
      return nameTo > nameFrom;
    }

    String value() {
      StringBuilder text = new StringBuilder(to - valueFrom);
      for (int i = valueFrom; i < to; i++) {
        if (octets[i] != '\r' && octets[i] != '\n') {
          text.append((char) (octets[i] & 0xFF));
        }
      }
      return text.toString().strip();
    }
  }

  private HeaderSection(Body body) {
    this.original = body;
    this.headless = body.beginsWithBlank();
    this.length = headless ? 0 : body.headerLength();
    this.header = beginning(body, length);
    int at = 0;
    while (at < length) {
      int end = fieldEnd(at);
      fields.add(field(header, at, end));
      at = end;
    }
  }

  /** The header section of {@code body}. */
  public static HeaderSection of(Body body) {
    return new HeaderSection(body);
  }

  private static byte[] beginning(Body body, int length) {
    if (length == 0) {
      return new byte[0];
    }
    if (body.segmentLength(0) >= length) {
      return body.segment(0);
    }
    byte[] copy = new byte[length];
    int at = 0;
    for (int s = 0; at < length; s++) {
      int some = Math.min(length - at, body.segmentLength(s));
      System.arraycopy(body.segment(s), 0, copy, at, some);
      at += some;
    }
    return copy;
  }

  private int fieldEnd(int from) {
    int at = from;
    do {
      while (at < length && header[at] != '\n') {
        at++;
      }
      at = Math.min(length, at + 1);
    } while (at < length && (header[at] == ' ' || header[at] == '\t'));
    return at;
  }

  private static Field field(byte[] octets, int from, int to) {
    int nameFrom = octets[from] == '.' && from + 1 < to ? from + 1 : from;
    int colon = nameFrom;
    while (colon < to && octets[colon] > ' ' && octets[colon] != ':') {
      colon++;
    }
    int nameTo = colon;
    while (colon < to && (octets[colon] == ' ' || octets[colon] == '\t')) {
      colon++;
    }
    return colon < to && octets[colon] == ':'
        ? new Field(octets, from, to, nameFrom, nameTo, colon + 1)
        : new Field(octets, from, to, nameFrom, nameFrom, from);
  }

  /** The names of all fields in order, as they are written; empty for a line that is no field. */
  public List<String> names() {
    List<String> names = new ArrayList<>(fields.size());
    for (Field field : fields) {
      names.add(
          new String(
              field.octets,
              field.nameFrom,
              field.nameTo - field.nameFrom,
              StandardCharsets.US_ASCII));
    }
    return names;
  }

  /** The values of all fields called {@code name}, in order. */
  public List<String> values(String name) {
    List<String> values = new ArrayList<>(1);
    for (Field field : fields) {
      if (field.named(name)) {
        values.add(field.value());
      }
    }
    return values;
  }

  /** The value of the first field called {@code name}. */
  public Optional<String> first(String name) {
    for (Field field : fields) {
      if (field.named(name)) {
        return Optional.of(field.value());
      }
    }
    return Optional.empty();
  }

  /** Whether there is a field called {@code name}. */
  public boolean contains(String name) {
    for (Field field : fields) {
      if (field.named(name)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Puts a field above all others.
   *
   * @param value text without line ends; other than US-ASCII is written as UTF-8; folded at its
   *     blanks where it is long
   * @throws IllegalArgumentException where name or value cannot stand in a header field
   */
  public void prepend(String name, String value) {
    fields.addFirst(written(name, value));
    edited = true;
  }

  /** Puts a field below all others; as {@link #prepend}. */
  public void append(String name, String value) {
    Field field = written(name, value);
    endLastLine();
    fields.add(field);
    edited = true;
  }

  /** Removes all fields called {@code name} and appends one. */
  public void replace(String name, String value) {
    Field field = written(name, value);
    remove(name);
    endLastLine();
    fields.add(field);
    edited = true;
  }

  /** Removes all fields called {@code name}; how many there were. */
  public int remove(String name) {
    return removeIf(name, value -> true);
  }

  /** Removes the fields called {@code name} whose value is such a one; how many there were. */
  public int removeIf(String name, Predicate<String> such) {
    int before = fields.size();
    fields.removeIf(field -> field.named(name) && such.test(field.value()));
    edited |= fields.size() < before;
    return before - fields.size();
  }

  /** The body with this header section; the one that it was made of where nothing was edited. */
  public Body body() {
    if (!edited) {
      return original;
    }
    byte[] written = octets();
    // content without an empty line in front would otherwise be read as header
    boolean separated = (length < original.length() && !headless) || written.length == 0;
    List<byte[]> segments = new ArrayList<>(original.segments() + 2);
    List<Integer> lengths = new ArrayList<>(original.segments() + 2);
    if (written.length > 0) {
      segments.add(written);
      lengths.add(written.length);
    }
    if (!separated) {
      segments.add(new byte[] {'\r', '\n'});
      lengths.add(2);
    }
    int skip = length;
    for (int s = 0; s < original.segments(); s++) {
      int count = original.segmentLength(s);
      if (skip == 0) {
        segments.add(original.segment(s));
        lengths.add(count);
      } else if (skip < count) {
        segments.add(Arrays.copyOfRange(original.segment(s), skip, count));
        lengths.add(count - skip);
        skip = 0;
      } else {
        skip -= count;
      }
    }
    return Body.of(
        segments.toArray(new byte[0][]), lengths.stream().mapToInt(Integer::intValue).toArray());
  }

  /** The fields as they are now, in wire form, without the empty line behind them. */
  public byte[] octets() {
    ByteArrayOutputStream out = new ByteArrayOutputStream(length + 128);
    for (Field field : fields) {
      out.write(field.octets, field.from, field.to - field.from);
    }
    return out.toByteArray();
  }

  /** A header that is cut off in its last line gets the line's end before something follows. */
  private void endLastLine() {
    Field last = fields.isEmpty() ? null : fields.getLast();
    if (last != null && (last.octets[last.to - 1] != '\n')) {
      byte[] whole = Arrays.copyOfRange(last.octets, last.from, last.to + 2);
      whole[whole.length - 2] = '\r';
      whole[whole.length - 1] = '\n';
      fields.set(fields.size() - 1, field(whole, 0, whole.length));
    }
  }

  private static Field written(String name, String value) {
    check(name, value);
    StringBuilder text = new StringBuilder(name.length() + value.length() + 8);
    if (name.charAt(0) == '.') {
      text.append('.');
    }
    text.append(name).append(':');
    int words = value.stripTrailing().length();
    int lineFrom = 0;
    int wordFrom = 0;
    boolean first = true;
    while (wordFrom <= value.length()) {
      int wordTo = value.indexOf(' ', wordFrom + 1);
      wordTo = wordTo < 0 ? value.length() : wordTo;
      String word = value.substring(wordFrom, wordTo);
      if (!first
          && text.length() - lineFrom + word.length() > FOLD
          && !word.isBlank()
          && wordFrom < words) {
        text.append("\r\n");
        lineFrom = text.length();
      }
      text.append(first && !word.startsWith(" ") ? " " : "").append(word);
      first = false;
      if (wordTo == value.length()) {
        break;
      }
      wordFrom = wordTo;
    }
    byte[] octets = text.append("\r\n").toString().getBytes(StandardCharsets.UTF_8);
    return field(octets, 0, octets.length);
  }

  private static void check(String name, String value) {
    boolean good = !name.isEmpty();
    for (int i = 0; good && i < name.length(); i++) {
      char c = name.charAt(i);
      good = c > ' ' && c < 0x7F && c != ':';
    }
    for (int i = 0; good && i < value.length(); i++) {
      char c = value.charAt(i);
      good = c != '\r' && c != '\n' && c != 0;
    }
    if (!good) {
      throw new IllegalArgumentException("not a header field");
    }
  }

  private static int lower(byte octet) {
    return octet >= 'A' && octet <= 'Z' ? octet + 32 : octet;
  }
}
