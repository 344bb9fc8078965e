package org.impetusmta.core.reception;

import java.io.ByteArrayOutputStream;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Reply;

/**
 * Content in which a CR or LF stands alone: refused, repaired or let pass, in headers and body each
 * as the configuration says (ADR 28). A line ends here where any reader may see an end: at CR LF,
 * at a CR, at an LF; CRs in a row before an LF are one end.
 *
 * <p>Whatever is allowed, nothing that leaves can be read as the end of data by anybody: a repaired
 * line that begins with a dot gets one more, and a line of one dot with a lone CR or LF beside it
 * is never let pass as it came. Source: RFC 5321 section 2.3.8; conf.ref.rfc2822_lone_lf_in_body.
 *
 * <p>Single; one use.
 */
final class LoneLineEnds {
  static final Reply IN_HEADERS =
      new Reply(550, "5.6.0", "Lone CR or LF in headers (see RFC2822 section 2.2)");
  static final Reply IN_BODY =
      new Reply(550, "5.6.0", "Lone CR or LF in body (see RFC2822 section 2.3)");

  private final byte[] in;
  private final RepairOptions options;
  private final ByteArrayOutputStream out;
  private boolean changed;

  /** Where the CRs that were looked at last end; no LF follows them. */
  private int endOfReturns;

  private LoneLineEnds(byte[] in, RepairOptions options) {
    this.in = in;
    this.options = options;
    this.out = new ByteArrayOutputStream(in.length + in.length / 32 + 16);
  }

  /**
   * @param body in wire form but for its lone CRs and LFs
   * @return the same where all of it passes as it came
   */
  static Body settled(Body body, RepairOptions options) throws BadContent {
    LoneLineEnds lines = new LoneLineEnds(body.toByteArray(), options);
    lines.walk();
    return lines.changed ? Body.of(lines.out.toByteArray()) : body;
  }

  private void walk() throws BadContent {
    boolean header = true;
    boolean afterCrLf = true;
    boolean afterRepair = false;
    int at = 0;
    while (at < in.length) {
      int end = at;
      while (end < in.length && in[end] != '\r' && in[end] != '\n') {
        end++;
      }
      int next = afterLineEnd(end);
      boolean crLf = next - end == 2 && in[end] == '\r' && in[end + 1] == '\n';
      boolean repair = !crLf && next > end && settle(header);
      boolean dotAlone = end - at == 1 && in[at] == '.';
      if (dotAlone && !header && !(crLf && afterCrLf) && !repair && !afterRepair) {
        throw new BadContent(IN_BODY);
      }
      if (end > at && in[at] == '.' && (afterRepair || (dotAlone && repair))) {
        out.write('.');
      }
      out.write(in, at, end - at);
      if (repair) {
        out.write('\r');
        out.write('\n');
        changed = true;
      } else {
        out.write(in, end, next - end);
      }
      header &= end > at;
      afterCrLf = crLf;
      afterRepair = repair;
      at = next;
    }
  }

  /** The position behind the line end that begins at {@code end}. */
  private int afterLineEnd(int end) {
    if (end == in.length) {
      return end;
    }
    if (end < endOfReturns) {
      return end + 1;
    }
    int at = end;
    while (at < in.length && in[at] == '\r') {
      at++;
    }
    if (at < in.length && in[at] == '\n') {
      return at + 1;
    }
    endOfReturns = at;
    return end + 1;
  }

  /** Whether a line end that is none is repaired; if not, it passes as it is. */
  private boolean settle(boolean header) throws BadContent {
    if (header) {
      return switch (options.loneLfInHeaders()) {
        case PEDANTIC -> throw new BadContent(IN_HEADERS);
        case FIX -> true;
      };
    }
    return switch (options.loneLfInBody()) {
      case PEDANTIC -> throw new BadContent(IN_BODY);
      case IGNORE -> false;
      case FIX -> true;
    };
  }
}
