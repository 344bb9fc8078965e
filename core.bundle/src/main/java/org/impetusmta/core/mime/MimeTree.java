package org.impetusmta.core.mime;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.impetusmta.api.message.MessageLimitException;
import org.impetusmta.core.message.MessageShape;

/**
 * Finds the parts of a message in its wire form (RFC 2046 section 5.1). Mime4J's parser gives
 * copies and no positions, so delimiter lines are looked for here: each part is a range of the
 * octets that came. What Mime4J reads well, fields and encodings, it reads.
 *
 * <p>A multipart that is not closed ends with what it is in; one without delimiter lines, or whose
 * transfer encoding is none for multiparts, is a part without children. Single; one use.
 */
final class MimeTree {
  // kinds of lines
  private static final int NONE = 0;
  private static final int OPEN = 1;
  private static final int CLOSE = 2;

  private static final int MOST_PARTS = 1000;
  private static final int DEEPEST = 30;

  /** RFC 2046 section 5.1.1 allows 70 characters. */
  private static final int LONGEST_BOUNDARY = 200;

  private final WireOctets octets;
  private final Charset otherwise;
  private int parts;

  private MimeTree(WireOctets octets, Charset otherwise) {
    this.octets = octets;
    this.otherwise = otherwise;
  }

  static MimeNode read(byte[] wire, ContentType unless, Charset otherwise) {
    return read(new WireOctets(wire), unless, otherwise);
  }

  static MimeNode read(WireOctets wire, ContentType unless, Charset otherwise) {
    return new MimeTree(wire, otherwise).read(0, wire.length(), unless, 1);
  }

  /** The tree of a message that was read before. */
  static MimeNode of(WireOctets wire, MessageShape shape, ContentType unless, Charset otherwise) {
    MimeNode node =
        new MimeNode(wire, shape.from(), shape.bodyFrom(), shape.to(), unless, otherwise);
    if (!shape.boundary().isEmpty()) {
      List<MimeNode> parts = new ArrayList<>(shape.children().size());
      ContentType unlessPart = unlessPart(node.type());
      for (MessageShape child : shape.children()) {
        parts.add(of(wire, child, unlessPart, otherwise));
      }
      node.multipart(shape.boundary(), shape.preambleTo(), shape.epilogueFrom(), parts);
    } else if (!shape.children().isEmpty()) {
      node.message(of(wire, shape.children().getFirst(), ContentType.PLAIN, otherwise));
    }
    return node;
  }

  private static ContentType unlessPart(ContentType multipart) {
    return multipart.type().equals("multipart/digest") ? ContentType.MESSAGE : ContentType.PLAIN;
  }

  private MimeNode read(int from, int to, ContentType unless, int depth) {
    if (++parts > MOST_PARTS) {
      throw new MessageLimitException("a message of more than " + MOST_PARTS + " parts");
    }
    if (depth > DEEPEST) {
      throw new MessageLimitException("parts in one another more than " + DEEPEST + " deep");
    }
    MimeNode node = new MimeNode(octets, from, bodyFrom(octets, from, to), to, unless, otherwise);
    ContentType type = node.type();
    boolean plain =
        switch (node.encoding()) {
          case "7bit", "8bit", "binary", "" -> true;
          default -> false;
        };
    if (type.isMultipart()) {
      String boundary = type.parameters().getOrDefault("boundary", "");
      if (!boundary.isEmpty() && boundary.length() <= LONGEST_BOUNDARY) {
        multipart(node, boundary, unlessPart(type), depth);
      }
    } else if (type.isMessage() && plain && node.bodyFrom() < to) {
      node.message(read(node.bodyFrom(), to, ContentType.PLAIN, depth + 1));
    }
    return node;
  }

  /** Behind the first empty line; the end where there is none. */
  static int bodyFrom(byte[] whole) {
    return bodyFrom(new WireOctets(whole), 0, whole.length);
  }

  private static int bodyFrom(WireOctets octets, int from, int to) {
    int at = from;
    while (at < to) {
      int end = octets.lineEnd(at, to);
      if (end - at == 1 || (end - at == 2 && octets.at(at) == '\r')) {
        return end;
      }
      at = end;
    }
    return to;
  }

  private void multipart(MimeNode node, String boundary, ContentType unless, int depth) {
    byte[] delimiter = ("--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
    int to = node.to();
    int preambleTo = -1;
    int partFrom = -1;
    int epilogueFrom = to;
    List<MimeNode> found = new ArrayList<>();
    int at = node.bodyFrom();
    while (at < to) {
      int end = octets.lineEnd(at, to);
      int kind = delimiter(delimiter, at, end);
      if (kind != NONE) {
        if (partFrom < 0) {
          preambleTo = at;
        } else {
          found.add(read(partFrom, withoutLineEnd(partFrom, at), unless, depth + 1));
        }
        partFrom = end;
        if (kind == CLOSE) {
          epilogueFrom = end;
          partFrom = -1;
          break;
        }
      }
      at = end;
    }
    if (preambleTo < 0) {
      return;
    }
    if (partFrom >= 0) {
      found.add(read(partFrom, withoutLineEnd(partFrom, to), unless, depth + 1));
    }
    node.multipart(boundary, preambleTo, epilogueFrom, found);
  }

  /** The line end in front of a delimiter belongs to the delimiter. */
  private int withoutLineEnd(int from, int to) {
    int end = to;
    if (end > from && octets.at(end - 1) == '\n') {
      end--;
      if (end > from && octets.at(end - 1) == '\r') {
        end--;
      }
    }
    return end;
  }

  private int delimiter(byte[] delimiter, int from, int to) {
    if (to - from < delimiter.length || octets.at(from) != '-') {
      return NONE;
    }
    for (int i = 0; i < delimiter.length; i++) {
      if (octets.at(from + i) != delimiter[i]) {
        return NONE;
      }
    }
    int at = from + delimiter.length;
    int kind = OPEN;
    if (to - at >= 2 && octets.at(at) == '-' && octets.at(at + 1) == '-') {
      kind = CLOSE;
      at += 2;
    }
    while (at < to && (octets.at(at) == ' ' || octets.at(at) == '\t')) {
      at++;
    }
    return at == to || octets.at(at) == '\r' || octets.at(at) == '\n' ? kind : NONE;
  }
}
