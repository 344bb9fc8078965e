package org.impetusmta.delivery.esmtp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.impetusmta.api.message.Body;

/**
 * How an 8-bit message is said in 7 bits (RFC 6152 section 3, RFC 2045 section 6): one pass over
 * its lines finds the parts, their types and encodings, and plans what is copied, what is encoded,
 * and which Content-Transfer-Encoding fields change. Text becomes quoted-printable, anything else
 * base64; a message that is not MIME becomes MIME with the charset {@code unknown-8bit} (RFC 1428).
 * What MIME has no encoding for stays: octets in header fields, in a preamble, in a part that
 * already claims to be encoded. {@link SevenBitPieces} carries the plan out.
 *
 * <p>A signature over the body (DKIM) does not survive it: RFC 6376 section 5.3 has the signer
 * convert first. The plan is small: {@value #MAX_OPERATIONS} operations, {@value #MAX_DEPTH}
 * levels; what is beyond stays. Thread-safety: single.
 */
final class SevenBit {
  private static final int MAX_OPERATIONS = 4000;
  private static final int MAX_DEPTH = 10;
  private static final int MAX_FIELD = 4096;

  /** What is done with octets {@code from} to {@code to} of the body. */
  enum Kind {
    COPY,
    QUOTED_PRINTABLE,
    BASE64,
    /** {@code text} is put in. */
    INSERT
  }

  /** One step of the plan. */
  record Operation(Kind kind, int from, int to, String text) {}

  private static final String NONE = "";
  private static final String SEVEN = line("7bit");
  private static final String QUOTED = line("quoted-printable");
  private static final String BASE64 = line("base64");
  private static final String NEW_MIME =
      "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=unknown-8bit\r\n";

  private enum In {
    HEADER,
    LEAF,
    BETWEEN
  }

  private final Octets octets;
  private final List<Operation> plan = new ArrayList<>();
  private final ArrayDeque<byte[]> boundaries = new ArrayDeque<>();
  private boolean leftOver;

  // the entity that is being read
  private In in = In.HEADER;
  private boolean top = true;
  private int copied;
  private int encodingFrom = -1;
  private int encodingTo = -1;
  private String encoding = "";
  private String type = "";
  private boolean mime;
  private int headerEnd;
  private int leafFrom;
  private boolean leafEightBit;
  private int embedded;

  private SevenBit(Body body) {
    this.octets = new Octets(body);
  }

  /** The plan for {@code body}. */
  static SevenBit of(Body body) {
    SevenBit plan = new SevenBit(body);
    plan.read();
    return plan;
  }

  /** A plan that encodes nothing. */
  static List<Operation> copyOf(Body body) {
    return List.of(new Operation(Kind.COPY, 0, body.length(), NONE));
  }

  /** What is to be done, in order; covers the whole body. */
  List<Operation> operations() {
    return plan;
  }

  /** Whether octets with an 8th bit are among those that are copied. */
  boolean leavesEightBit() {
    return leftOver;
  }

  private static String line(String encoding) {
    return "Content-Transfer-Encoding: " + encoding + "\r\n";
  }

  private void read() {
    int length = octets.length();
    int at = 0;
    while (at < length) {
      int end = lineEnd(at);
      if (!delimiter(at, end)) {
        switch (in) {
          case HEADER -> at = headerLine(at, end);
          case LEAF -> {
            leafEightBit |= eightBit(at, end);
            at = end;
          }
          case BETWEEN -> {
            leftOver |= eightBit(at, end);
            at = end;
          }
        }
      } else {
        at = end;
      }
    }
    endLeaf(length);
    copy(length);
  }

  private int lineEnd(int at) {
    int end = at;
    int length = octets.length();
    while (end < length && octets.at(end++) != '\n') {}
    return end;
  }

  private boolean eightBit(int from, int to) {
    for (int i = from; i < to; i++) {
      if (octets.at(i) < 0) {
        return true;
      }
    }
    return false;
  }

  // ---- boundaries

  /** Whether the line is a delimiter of an open multipart; if so, ends what it ends. */
  private boolean delimiter(int at, int end) {
    if (boundaries.isEmpty() || end - at < 4 || octets.at(at) != '-' || octets.at(at + 1) != '-') {
      return false;
    }
    int level = 0;
    for (byte[] boundary : boundaries) {
      if (startsWith(at + 2, end, boundary)) {
        int behind = at + 2 + boundary.length;
        boolean last = behind + 1 < end && octets.at(behind) == '-' && octets.at(behind + 1) == '-';
        endLeaf(Math.max(leafFrom, at - 2));
        for (int i = 0; i < (last ? level + 1 : level); i++) {
          boundaries.pop();
        }
        if (last) {
          in = In.BETWEEN;
        } else {
          begin(false);
        }
        return true;
      }
      level++;
    }
    return false;
  }

  private boolean startsWith(int at, int end, byte[] boundary) {
    if (end - at < boundary.length) {
      return false;
    }
    for (int i = 0; i < boundary.length; i++) {
      if (octets.at(at + i) != boundary[i]) {
        return false;
      }
    }
    return true;
  }

  // ---- header

  private void begin(boolean isTop) {
    in = In.HEADER;
    top = isTop;
    encodingFrom = -1;
    encodingTo = -1;
    encoding = "";
    type = "";
    mime = false;
  }

  /** One field with its folded lines, or the empty line; returns where the next line begins. */
  private int headerLine(int at, int lineEnd) {
    if (lineEnd - at <= 2 && octets.at(at) == '\r') {
      headerEnd = at;
      headerEnds(lineEnd);
      return lineEnd;
    }
    int end = lineEnd;
    while (end < octets.length() && (octets.at(end) == ' ' || octets.at(end) == '\t')) {
      end = lineEnd(end);
    }
    leftOver |= eightBit(at, end);
    byte first = octets.at(at);
    if (first == 'C' || first == 'c' || first == 'M' || first == 'm') {
      field(at, end);
    }
    return end;
  }

  private void field(int at, int end) {
    StringBuilder text = new StringBuilder();
    for (int i = at; i < end && i - at < MAX_FIELD; i++) {
      char c = (char) (octets.at(i) & 0xFF);
      text.append(c == '\r' || c == '\n' ? ' ' : c);
    }
    int colon = text.indexOf(":");
    if (colon < 0) {
      return;
    }
    String value = text.substring(colon + 1).strip();
    switch (text.substring(0, colon).strip().toLowerCase(Locale.ROOT)) {
      case "mime-version" -> mime = true;
      case "content-type" -> type = value;
      case "content-transfer-encoding" -> {
        encoding = value.toLowerCase(Locale.ROOT);
        encodingFrom = at;
        encodingTo = end;
      }
      default -> {}
    }
  }

  private void headerEnds(int next) {
    String kind = kind();
    if (kind.startsWith("multipart/") && boundaries.size() < MAX_DEPTH) {
      String boundary = parameter(type, "boundary");
      if (!boundary.isEmpty()) {
        sayEncoding(isRaw() && encodingFrom >= 0 ? SEVEN : NONE);
        boundaries.push(boundary.getBytes(ISO_8859_1));
        in = In.BETWEEN;
        return;
      }
    }
    if ((kind.equals("message/rfc822") || kind.equals("message/global"))
        && isRaw()
        && embedded++ < MAX_DEPTH) {
      sayEncoding(encodingFrom >= 0 ? SEVEN : NONE);
      begin(false);
      mime = true;
      return;
    }
    in = In.LEAF;
    leafFrom = next;
    leafEightBit = false;
  }

  private String kind() {
    int end = type.indexOf(';');
    return (end < 0 ? type : type.substring(0, end)).strip().toLowerCase(Locale.ROOT);
  }

  /** Whether the octets of the entity are not encoded. */
  private boolean isRaw() {
    return switch (encoding) {
      case "", "7bit", "8bit", "binary" -> true;
      default -> false;
    };
  }

  static String parameter(String value, String name) {
    int at = value.toLowerCase(Locale.ROOT).indexOf(name + "=");
    while (at > 0 && value.charAt(at - 1) != ';' && !Character.isWhitespace(value.charAt(at - 1))) {
      at = value.toLowerCase(Locale.ROOT).indexOf(name + "=", at + 1);
    }
    if (at < 0) {
      return "";
    }
    String rest = value.substring(at + name.length() + 1);
    if (rest.startsWith("\"")) {
      StringBuilder text = new StringBuilder();
      for (int i = 1; i < rest.length() && rest.charAt(i) != '"'; i++) {
        text.append(
            rest.charAt(i) == '\\' && i + 1 < rest.length() ? rest.charAt(++i) : rest.charAt(i));
      }
      return text.toString().stripTrailing();
    }
    int end = 0;
    while (end < rest.length() && rest.charAt(end) > ' ' && rest.charAt(end) != ';') {
      end++;
    }
    return rest.substring(0, end);
  }

  // ---- the plan

  /** Puts {@code field} in the place of the encoding's field, or at the end of the header. */
  private void sayEncoding(String field) {
    if (field.isEmpty()) {
      return;
    }
    if (encodingFrom >= 0) {
      copy(encodingFrom);
      insert(field);
      copied = encodingTo;
    } else {
      copy(headerEnd);
      insert(field);
    }
  }

  /** The part that was open ends at {@code end}. */
  private void endLeaf(int end) {
    if (in != In.LEAF) {
      return;
    }
    in = In.BETWEEN;
    if (!leafEightBit) {
      return;
    }
    if (!isRaw() || plan.size() > MAX_OPERATIONS) {
      leftOver = true;
      return;
    }
    boolean text = type.isEmpty() || kind().startsWith("text/");
    if (top && !mime) {
      // not MIME: what it has of MIME fields means nothing (RFC 2045 section 4)
      text = true;
      if (type.isEmpty()) {
        copy(encodingFrom >= 0 ? encodingFrom : headerEnd);
        insert(NEW_MIME);
      } else {
        insertMimeVersion();
        text = kind().startsWith("text/");
      }
    }
    sayEncoding(text ? QUOTED : BASE64);
    copy(leafFrom);
    add(new Operation(text ? Kind.QUOTED_PRINTABLE : Kind.BASE64, leafFrom, end, NONE));
    copied = end;
  }

  private void insertMimeVersion() {
    copy(encodingFrom >= 0 ? encodingFrom : headerEnd);
    insert("MIME-Version: 1.0\r\n");
  }

  private void copy(int to) {
    if (to > copied) {
      add(new Operation(Kind.COPY, copied, to, NONE));
      copied = to;
    }
  }

  private void insert(String text) {
    add(new Operation(Kind.INSERT, 0, text.length(), text));
  }

  private void add(Operation operation) {
    plan.add(operation);
  }
}
