package org.impetusmta.api.message;

import org.jspecify.annotations.Nullable;

/**
 * Walks the header section of a {@link Body} across its segments. Single thread; keeps its
 * position.
 */
final class HeaderScanner {
  private final Body body;
  private int segment;
  private int offset;
  private int position;

  private HeaderScanner(Body body) {
    this.body = body;
  }

  /** The next octet, or -1 at the end. */
  private int next() {
    while (segment < body.segments()) {
      if (offset < body.segmentLength(segment)) {
        position++;
        return body.segment(segment)[offset++] & 0xFF;
      }
      segment++;
      offset = 0;
    }
    return -1;
  }

  static int count(Body body, byte[] name) {
    HeaderScanner in = new HeaderScanner(body);
    int found = 0;
    while (true) {
      int matched = 0;
      int octet = in.next();
      if (octet == '\r' || octet == '\n' || octet == -1) {
        return found;
      }
      while (octet != -1 && octet != '\n') {
        if (matched >= 0) {
          if (matched < name.length && lower(octet) == lower(name[matched])) {
            matched++;
          } else if (matched == name.length && octet == ':') {
            found++;
            matched = -1;
          } else if (matched != name.length || (octet != ' ' && octet != '\t')) {
            matched = -1;
          }
        }
        octet = in.next();
      }
      if (octet == -1) {
        return found;
      }
    }
  }

  /** The value of the first field called {@code name}, unfolded; null where there is none. */
  static @Nullable String first(Body body, byte[] name, int most) {
    HeaderScanner in = new HeaderScanner(body);
    int octet = in.next();
    while (octet != '\r' && octet != '\n' && octet != -1) {
      int matched = 0;
      while (matched < name.length && lower(octet) == lower(name[matched])) {
        matched++;
        octet = in.next();
      }
      while (matched == name.length && (octet == ' ' || octet == '\t')) {
        octet = in.next();
      }
      boolean found = matched == name.length && octet == ':';
      StringBuilder value = new StringBuilder();
      octet = found ? in.next() : octet;
      while (true) {
        while (octet != '\n' && octet != -1) {
          if (found && octet != '\r' && value.length() < most) {
            value.append((char) octet);
          }
          octet = in.next();
        }
        octet = octet == -1 ? -1 : in.next();
        if (octet != ' ' && octet != '\t') {
          break;
        }
      }
      if (found) {
        return value.toString().strip();
      }
    }
    return null;
  }

  static int headerLength(Body body) {
    HeaderScanner in = new HeaderScanner(body);
    while (true) {
      int lineStart = in.position;
      int octet = in.next();
      if (octet == '\r' || octet == '\n' || octet == -1) {
        return lineStart;
      }
      while (octet != '\n') {
        if (octet == -1) {
          return in.position;
        }
        octet = in.next();
      }
    }
  }

  private static int lower(int octet) {
    return octet >= 'A' && octet <= 'Z' ? octet + 32 : octet;
  }
}
