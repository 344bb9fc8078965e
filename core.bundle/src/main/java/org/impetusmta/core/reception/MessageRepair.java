package org.impetusmta.core.reception;

import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.HeaderSection;
import org.impetusmta.api.message.Reply;

/**
 * Looks at what a client sent before policy does: what is missing is added, what is malformed is
 * mended or refused, as {@link RepairOptions} say. Content that is in order is the same object
 * afterwards; only its header was read, once. Immutable.
 */
final class MessageRepair {
  /** Message dictionary: the content had no Date, and somebody minds. */
  static final String DATE_MISSING = "rfc2822_date_missing";

  static final Reply NO_HEADERS =
      new Reply(550, "5.6.0", "Required headers not found (see RFC2822 section 3.6)");
  static final Reply NO_DATE =
      new Reply(550, "5.6.0", "Missing required RFC2822 Date field (see RFC2822 section 3.6)");

  private static final byte[] CRLF = {'\r', '\n'};
  private static final byte[] DATE = "date".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] MESSAGE_ID = "message-id".getBytes(StandardCharsets.US_ASCII);

  private static final int HAS_HEADER = 1;
  private static final int HAS_DATE = 2;
  private static final int HAS_ID = 4;

  private final RepairOptions options;
  private final LineLength.Word longLines;

  MessageRepair(RepairOptions options) {
    this.options = options;
    this.longLines = options.longLines();
  }

  /**
   * @param loneLineEnds whether a CR or LF stands alone in it
   * @param context the message dictionary
   * @param date what a Date field says
   * @param messageId what a Message-ID field says
   */
  Body settled(
      Body received,
      boolean loneLineEnds,
      Context context,
      Supplier<String> date,
      Supplier<String> messageId)
      throws BadContent {
    Body body = loneLineEnds ? LoneLineEnds.settled(received, options) : received;
    int found = look(body);
    if ((found & HAS_HEADER) == 0) {
      if (options.missingHeaders() == RepairOptions.MissingHeaders.REJECT) {
        throw new BadContent(NO_HEADERS);
      }
      if (!beginsWithEmptyLine(body)) {
        body = body.prepend(CRLF);
      }
      found = HAS_HEADER;
    }
    if ((found & HAS_DATE) == 0 && options.dateHeader() != RepairOptions.DateHeader.IGNORE) {
      context.set(DATE_MISSING, "true");
      if (options.dateHeader() == RepairOptions.DateHeader.PEDANTIC) {
        throw new BadContent(NO_DATE);
      }
    }
    if (longLines != LineLength.Word.IGNORE) {
      Body before = body;
      body =
          LongLines.settled(
              body, options.maxLineLength().octets(), longLines == LineLength.Word.FIX);
      if (loneLineEnds && body != before) {
        // a line may have been broken behind a dot that follows a lone LF
        body = LoneLineEnds.settled(body, options);
      }
    }
    boolean addsDate =
        (found & HAS_DATE) == 0 && options.dateHeader() == RepairOptions.DateHeader.IFNEEDED;
    boolean addsId =
        (found & HAS_ID) == 0
            && options.messageIdHeader() == RepairOptions.MessageIdHeader.IFNEEDED;
    if (!addsDate && !addsId) {
      return body;
    }
    HeaderSection header = HeaderSection.of(body);
    // some readers end the header at a line that is no field
    boolean above = header.names().contains("");
    if (addsId) {
      add(header, above, "Message-ID", messageId.get());
    }
    if (addsDate) {
      add(header, above, "Date", date.get());
    }
    return header.body();
  }

  private static void add(HeaderSection header, boolean above, String name, String value) {
    if (above) {
      header.prepend(name, value);
    } else {
      header.append(name, value);
    }
  }

  private static boolean beginsWithEmptyLine(Body body) {
    return body.length() > 1 && body.headerLength() == 0;
  }

  /** What the header has. Reads each line as far as its name may reach, then to its end. */
  private static int look(Body body) {
    Cursor in = new Cursor(body);
    int found = 0;
    boolean first = true;
    int octet = in.next();
    while (octet != '\r' && octet != '\n' && octet != -1) {
      int name = 0;
      boolean date = true;
      boolean id = true;
      boolean blank = octet == ' ' || octet == '\t';
      boolean field = false;
      while (!field && octet > ' ' && octet != 0x7F) {
        if (octet == ':') {
          field = name > 0;
          break;
        }
        int lower = octet >= 'A' && octet <= 'Z' ? octet + 32 : octet;
        date = date && name < DATE.length && DATE[name] == lower;
        id = id && name < MESSAGE_ID.length && MESSAGE_ID[name] == lower;
        name++;
        octet = in.next();
      }
      // obsolete syntax has blanks in front of the colon (RFC 5322 section 4.5)
      while (!field && name > 0 && (octet == ' ' || octet == '\t')) {
        octet = in.next();
        field = octet == ':';
      }
      if (first && (blank || !field)) {
        return 0;
      }
      first = false;
      found |= HAS_HEADER;
      if (field) {
        found |= date && name == DATE.length ? HAS_DATE : 0;
        found |= id && name == MESSAGE_ID.length ? HAS_ID : 0;
      }
      octet = in.nextLine(octet);
    }
    return found;
  }

  /** Goes through the octets of a body. */
  private static final class Cursor {
    private final Body body;
    private int segment = -1;
    private byte[] octets = CRLF;
    private int length;
    private int at;

    Cursor(Body body) {
      this.body = body;
    }

    int next() {
      while (at == length) {
        if (++segment >= body.segments()) {
          segment--;
          return -1;
        }
        octets = body.segment(segment);
        length = body.segmentLength(segment);
        at = 0;
      }
      return octets[at++] & 0xFF;
    }

    /** The first octet of the next line. */
    int nextLine(int last) {
      int octet = last;
      while (octet != '\n' && octet != -1) {
        int i = at;
        while (i < length && octets[i] != '\n') {
          i++;
        }
        at = i;
        octet = next();
      }
      return octet == -1 ? -1 : next();
    }
  }
}
