package org.impetusmta.core.mime;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.james.mime4j.codec.Base64InputStream;
import org.apache.james.mime4j.codec.DecodeMonitor;
import org.apache.james.mime4j.codec.EncoderUtil;
import org.apache.james.mime4j.codec.QuotedPrintableInputStream;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Content;
import org.impetusmta.api.message.HeaderAddress;
import org.impetusmta.api.message.HeaderSection;
import org.impetusmta.api.message.MessageOperations.Placement;
import org.impetusmta.api.message.MessageOperations.Within;
import org.impetusmta.api.message.MimePart;
import org.impetusmta.api.message.TransferEncoding;
import org.impetusmta.core.message.MessageShape;
import org.jspecify.annotations.Nullable;

/**
 * A part over the wire form: where it has its octets from nobody has edited them. Header fields,
 * content and children are read when somebody asks. Decoding and encoding is Mime4J's and the
 * JDK's. Single.
 */
final class MimeNode implements MimePart {
  private static final byte[] CRLF = {'\r', '\n'};

  /** Lines of more octets are encoded. */
  private static final int LONGEST_LINE = 998;

  private final Charset otherwise;
  private final ContentType unless;

  /** The part as it came, header and all; null where it was made here. */
  private final @Nullable WireOctets octets;

  private final int from;
  private final int to;
  private final int bodyFrom;

  private @Nullable HeaderSection header;
  private @Nullable ContentType type;
  private byte @Nullable [] newBody;
  private @Nullable MimeNode parent;
  private List<MimeNode> children = new ArrayList<>(0);
  private String boundary = "";
  private int preambleTo;
  private int epilogueFrom;
  private boolean edited;

  /**
   * @param octets what {@code [from, to)} of is this part
   * @param bodyFrom where the body begins, behind the empty line
   * @param unless what it is if it does not say
   * @param otherwise the character set of text that declares none
   */
  MimeNode(
      WireOctets octets, int from, int bodyFrom, int to, ContentType unless, Charset otherwise) {
    this.octets = octets;
    this.from = from;
    this.bodyFrom = bodyFrom;
    this.to = to;
    this.unless = unless;
    this.otherwise = otherwise;
  }

  /** A part that is made here. */
  MimeNode(byte[] wireBody, Charset otherwise) {
    this.octets = null;
    this.from = 0;
    this.bodyFrom = 0;
    this.to = 0;
    this.unless = ContentType.PLAIN;
    this.otherwise = otherwise;
    this.newBody = wireBody;
    this.edited = true;
  }

  // ---- for those who build trees

  int bodyFrom() {
    return bodyFrom;
  }

  int to() {
    return to;
  }

  /** It is a multipart whose first delimiter line begins at {@code preambleTo}. */
  void multipart(String delimiter, int preambleEnd, int epilogueStart, List<MimeNode> parts) {
    boundary = delimiter;
    preambleTo = preambleEnd;
    epilogueFrom = epilogueStart;
    children = parts;
    parts.forEach(part -> part.parent = this);
  }

  /** It is a message whose header and content are the body of this part. */
  void message(MimeNode inner) {
    children.add(inner);
    inner.parent = this;
  }

  /** Where it and what is in it lie; of a tree that nobody has edited. */
  MessageShape shape() {
    return new MessageShape(
        from,
        bodyFrom,
        to,
        boundary,
        preambleTo,
        epilogueFrom,
        children.stream().map(MimeNode::shape).toList());
  }

  /** It is a multipart that is made here. */
  void container(String delimiter) {
    boundary = delimiter;
  }

  HeaderSection headers() {
    HeaderSection known = header;
    if (known == null) {
      WireOctets source = octets;
      known = HeaderSection.of(source == null ? Body.of() : Body.of(source.copy(from, bodyFrom)));
      header = known;
    }
    return known;
  }

  ContentType type() {
    ContentType known = type;
    if (known == null) {
      known = headers().first("Content-Type").map(ContentType::parse).orElse(unless);
      type = known;
    }
    return known;
  }

  String encoding() {
    return headers()
        .first("Content-Transfer-Encoding")
        .map(value -> value.toLowerCase(Locale.ROOT))
        .orElse("7bit");
  }

  // ---- the tree

  @Override
  public List<MimePart> children() {
    return List.copyOf(children);
  }

  @Override
  public Optional<MimePart> parent() {
    return Optional.ofNullable(parent);
  }

  @Override
  public List<MimePart> walk() {
    List<MimePart> all = new ArrayList<>();
    collect(all);
    return all;
  }

  private void collect(List<MimePart> all) {
    all.add(this);
    children.forEach(child -> child.collect(all));
  }

  @Override
  public void addFirstChild(MimePart child) {
    insert(0, child);
  }

  @Override
  public void addLastChild(MimePart child) {
    insert(children.size(), child);
  }

  @Override
  public void insertBefore(MimePart before) {
    MimeNode other = (MimeNode) before;
    other.family().insert(other.family().children.indexOf(other), this);
  }

  @Override
  public void insertAfter(MimePart after) {
    MimeNode other = (MimeNode) after;
    other.family().insert(other.family().children.indexOf(other) + 1, this);
  }

  private MimeNode family() {
    MimeNode above = parent;
    if (above == null) {
      throw new IllegalStateException("the part is in no tree");
    }
    return above;
  }

  private void insert(int index, MimePart part) {
    MimeNode child = (MimeNode) part;
    if (boundary.isEmpty()) {
      throw new IllegalStateException("not a multipart: " + contentType());
    }
    if (child.parent != null) {
      throw new IllegalStateException("the part is in a tree");
    }
    for (MimeNode above = this; above != null; above = above.parent) {
      if (above == child) {
        throw new IllegalStateException("a part cannot be below itself");
      }
    }
    children.add(index, child);
    child.parent = this;
    touch();
  }

  @Override
  public void unlink() {
    MimeNode above = family();
    if (above.boundary.isEmpty()) {
      throw new IllegalStateException("a message cannot be taken out of its part");
    }
    above.children.remove(this);
    above.touch();
    parent = null;
  }

  private void touch() {
    for (MimeNode node = this; node != null; node = node.parent) {
      node.edited = true;
    }
  }

  // ---- header fields

  @Override
  public String contentType() {
    return type().type();
  }

  @Override
  public Optional<String> parameter(String name) {
    return Optional.ofNullable(type().parameters().get(name.toLowerCase(Locale.ROOT)));
  }

  @Override
  public List<String> header(String name) {
    return HeaderText.values(headers(), name, otherwise);
  }

  @Override
  public void setHeader(String name, Placement placement, List<String> values) {
    HeaderText.set(headers(), name, placement, values);
    type = null;
    touch();
  }

  @Override
  public int deleteHeader(String name) {
    int count = headers().remove(name);
    if (count > 0) {
      type = null;
      touch();
    }
    return count;
  }

  @Override
  public List<HeaderAddress> addressHeader(String name) {
    return HeaderText.addresses(headers(), name, otherwise);
  }

  // ---- content

  /** What follows the header, in wire form. */
  private byte[] wireBody() {
    if (edited && !children.isEmpty()) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      writeBody(out);
      return out.toByteArray();
    }
    byte[] made = newBody;
    WireOctets source = octets;
    return made != null || source == null
        ? (made == null ? new byte[0] : made)
        : source.copy(bodyFrom, to);
  }

  @Override
  public byte[] body() {
    return Content.octets(Body.of(wireBody()));
  }

  @Override
  public byte[] content() {
    byte[] encoded = body();
    InputStream in = new ByteArrayInputStream(encoded);
    try (InputStream decoding =
        switch (encoding()) {
          case "base64" -> new Base64InputStream(in, DecodeMonitor.SILENT);
          case "quoted-printable" -> new QuotedPrintableInputStream(in, DecodeMonitor.SILENT);
          default -> in;
        }) {
      return decoding.readAllBytes();
    } catch (IOException malformed) {
      // what cannot be decoded is what it is
      return encoded;
    }
  }

  @Override
  public Optional<String> text() {
    if (!type().isText() || !children.isEmpty()) {
      return Optional.empty();
    }
    byte[] content = content();
    return content.length == 0 ? Optional.empty() : Optional.of(new String(content, charset()));
  }

  private Charset charset() {
    String name = type().parameters().get("charset");
    if (name == null) {
      return otherwise;
    }
    try {
      return Charset.forName(name.strip());
    } catch (IllegalCharsetNameException | UnsupportedCharsetException unknown) {
      return otherwise;
    }
  }

  @Override
  public void setText(String text, String contentType, Optional<String> charset) {
    boolean ascii = text.chars().allMatch(c -> c < 0x80);
    Charset set =
        charset
            .map(Charset::forName)
            .orElse(ascii ? StandardCharsets.US_ASCII : StandardCharsets.UTF_8);
    ContentType wanted = ContentType.parse(contentType);
    if (!wanted.isText()) {
      throw new IllegalArgumentException("not a type of text: " + contentType);
    }
    String lines = lines(text);
    byte[] content = lines.getBytes(set);
    setContent(
        wanted.type() + "; charset=" + set.name().toLowerCase(Locale.ROOT),
        content,
        isPlain(content) ? TransferEncoding.SEVEN_BIT : TransferEncoding.QUOTED_PRINTABLE);
  }

  /** Lines end with CR LF, whatever they ended with. */
  static String lines(String text) {
    return text.indexOf('\n') < 0 && text.indexOf('\r') < 0
        ? text
        : text.replaceAll("\r\n|\r|\n", "\r\n");
  }

  /** Whether it can be sent without being encoded (RFC 2045 section 2.7). */
  private static boolean isPlain(byte[] content) {
    int line = 0;
    for (byte octet : content) {
      line = octet == '\n' ? 0 : line + 1;
      if (octet <= 0 || line > LONGEST_LINE) {
        return false;
      }
    }
    return true;
  }

  /** Replaces content and children. */
  void setContent(String contentType, byte[] content, TransferEncoding encoding) {
    HeaderSection fields = headers();
    fields.replace("Content-Type", contentType);
    fields.replace("Content-Transfer-Encoding", encoding.text());
    if (parent == null && octets != null && !fields.contains("MIME-Version")) {
      fields.append("MIME-Version", "1.0");
    }
    type = null;
    children.forEach(child -> child.parent = null);
    children = new ArrayList<>(0);
    boundary = "";
    newBody = wire(encode(content, encoding));
    touch();
  }

  private static byte[] encode(byte[] content, TransferEncoding encoding) {
    return switch (encoding) {
      case SEVEN_BIT, EIGHT_BIT -> content;
      case BASE64 -> Base64.getMimeEncoder().encode(content);
      case QUOTED_PRINTABLE -> {
        ByteArrayOutputStream out = new ByteArrayOutputStream(content.length + content.length / 4);
        try {
          EncoderUtil.encodeQ(new ByteArrayInputStream(content), out);
        } catch (IOException never) {
          throw new UncheckedIOException("writing to memory failed", never);
        }
        yield out.toByteArray();
      }
    };
  }

  /** The last line of a part need not end: the delimiter behind it brings a line end along. */
  private static byte[] wire(byte[] content) {
    byte[] wire = Content.wire(content).toByteArray();
    byte last = content.length == 0 ? (byte) '\n' : content[content.length - 1];
    return last == '\n' || last == '\r' ? wire : Arrays.copyOf(wire, wire.length - 2);
  }

  // ---- patterns

  @Override
  public List<List<String>> match(Within within, Pattern pattern) {
    if (within != Within.TEXT) {
      byte[] all = within == Within.RAW ? raw() : body();
      return PatternText.match(new PatternText(all, 0), pattern, PatternText.MOST_MATCHES);
    }
    List<List<String>> found = new ArrayList<>();
    for (MimePart part : walk()) {
      Optional<String> text = part.text();
      if (text.isPresent() && found.size() < PatternText.MOST_MATCHES) {
        found.addAll(
            PatternText.match(
                new PatternText(text.get()), pattern, PatternText.MOST_MATCHES - found.size()));
      }
    }
    return found;
  }

  @Override
  public int replace(Within within, Pattern pattern, String replacement) {
    if (within == Within.TEXT) {
      int count = 0;
      for (MimePart part : walk()) {
        count += ((MimeNode) part).replaceText(pattern, replacement);
      }
      return count;
    }
    return PatternText.replace(
        new PatternText(within == Within.RAW ? raw() : body(), 0),
        pattern,
        PatternText.octets(replacement),
        changed -> become(within == Within.RAW, changed.getBytes(StandardCharsets.ISO_8859_1)));
  }

  private byte[] raw() {
    return Content.octets(Body.of(wireForm()));
  }

  /** Its octets are other ones; what is below it now shows when the message is read again. */
  private void become(boolean whole, byte[] content) {
    byte[] wire = wire(content);
    if (whole) {
      MimeNode read = MimeTree.read(wire, unless, otherwise);
      header = read.headers();
      newBody = read.wireBody();
    } else {
      newBody = wire;
    }
    type = null;
    children.forEach(child -> child.parent = null);
    children = new ArrayList<>(0);
    boundary = "";
    touch();
  }

  private int replaceText(Pattern pattern, String replacement) {
    Optional<String> text = text();
    return text.isEmpty()
        ? 0
        : PatternText.replace(new PatternText(text.get()), pattern, replacement, this::putBack);
  }

  /** Keeps character set and encoding where they can express the text. */
  private void putBack(String text) {
    Charset set = charset();
    if (!set.canEncode() || !set.newEncoder().canEncode(text)) {
      Optional<String> name = parameter("name");
      setText(text, contentType(), Optional.of("utf-8"));
      name.ifPresent(this::keepName);
      return;
    }
    String lines = lines(text);
    byte[] content = lines.getBytes(set);
    TransferEncoding encoding =
        switch (encoding()) {
          case "base64" -> TransferEncoding.BASE64;
          case "quoted-printable" -> TransferEncoding.QUOTED_PRINTABLE;
          case "8bit" -> TransferEncoding.EIGHT_BIT;
          default ->
              isPlain(content) ? TransferEncoding.SEVEN_BIT : TransferEncoding.QUOTED_PRINTABLE;
        };
    if (encoding.text().equals(encoding())) {
      newBody = wire(encode(content, encoding));
      touch();
    } else {
      String declared = headers().first("Content-Type").orElse("");
      setContent(
          type().parameters().containsKey("charset")
              ? declared
              : contentType() + "; charset=" + set.name().toLowerCase(Locale.ROOT),
          content,
          encoding);
    }
  }

  private void keepName(String name) {
    if (name.chars().allMatch(c -> c >= ' ' && c <= '~' && c != '"' && c != '\\')) {
      String declared = headers().first("Content-Type").orElse("text/plain");
      headers().replace("Content-Type", declared + "; name=\"" + name + "\"");
      type = null;
    }
  }

  // ---- what comes of it

  /** The whole part in wire form. */
  byte[] wireForm() {
    ByteArrayOutputStream out = new ByteArrayOutputStream(to - from + 256);
    write(out);
    return out.toByteArray();
  }

  /** The part as a message. */
  Body message() {
    byte[] wire = wireForm();
    boolean ended =
        wire.length >= 2 && wire[wire.length - 2] == '\r' && wire[wire.length - 1] == '\n';
    return ended ? Body.of(wire) : Body.of(wire, CRLF);
  }

  boolean edited() {
    return edited;
  }

  private void write(ByteArrayOutputStream out) {
    WireOctets source = octets;
    if (!edited && source != null) {
      source.write(out, from, to);
      return;
    }
    out.writeBytes(headers().octets());
    out.writeBytes(CRLF);
    writeBody(out);
  }

  private void writeBody(ByteArrayOutputStream out) {
    WireOctets source = octets;
    if (!boundary.isEmpty()) {
      if (source != null) {
        source.write(out, bodyFrom, preambleTo);
      }
      byte[] delimiter = ("--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
      for (MimeNode child : children) {
        out.writeBytes(delimiter);
        out.writeBytes(CRLF);
        child.write(out);
        out.writeBytes(CRLF);
      }
      out.writeBytes(delimiter);
      out.write('-');
      out.write('-');
      out.writeBytes(CRLF);
      if (source != null) {
        source.write(out, epilogueFrom, to);
      }
    } else if (!children.isEmpty()) {
      children.forEach(child -> child.write(out));
    } else {
      byte[] made = newBody;
      if (made != null) {
        out.writeBytes(made);
      } else if (source != null) {
        source.write(out, bodyFrom, to);
      }
    }
  }
}
