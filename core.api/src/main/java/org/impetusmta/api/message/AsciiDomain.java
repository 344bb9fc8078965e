package org.impetusmta.api.message;

import java.text.Normalizer;
import java.util.Locale;

/**
 * Turns a domain into the form that the DNS knows it by: lower case, each label with other than
 * ASCII letters as its A-label (RFC 5890 section 2.3.2.1, Punycode RFC 3492). Letters are lowered
 * and composed first (RFC 5895); sharp s and final sigma stay what they are. Stateless.
 */
public final class AsciiDomain {
  private static final int BASE = 36;
  private static final int TMIN = 1;
  private static final int TMAX = 26;
  private static final int SKEW = 38;
  private static final int DAMP = 700;
  private static final int LONGEST = 63;

  private AsciiDomain() {}

  /** The A-label form; what cannot be one comes back in lower case only, and is never found. */
  public static String of(String domain) {
    int i = 0;
    while (i < domain.length() && domain.charAt(i) < 0x80) {
      i++;
    }
    if (i == domain.length()) {
      return domain.toLowerCase(Locale.ROOT);
    }
    String mapped =
        Normalizer.normalize(
            Normalizer.normalize(domain, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT),
            Normalizer.Form.NFC);
    StringBuilder ascii = new StringBuilder(mapped.length() + 8);
    for (String label : mapped.split("[.\u3002]", -1)) {
      if (ascii.length() > 0) {
        ascii.append('.');
      }
      if (label.chars().allMatch(c -> c < 0x80)) {
        ascii.append(label);
      } else if (label.length() > LONGEST || !label.codePoints().allMatch(AsciiDomain::allowed)) {
        return domain.toLowerCase(Locale.ROOT);
      } else {
        int start = ascii.length();
        encode(label.codePoints().toArray(), ascii.append("xn--"));
        if (ascii.length() - start > LONGEST) {
          return domain.toLowerCase(Locale.ROOT);
        }
      }
    }
    return ascii.toString();
  }

  private static boolean allowed(int c) {
    return c < 0x80
        ? c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
        : c == 0x200c
            || c == 0x200d
            || switch (Character.getType(c)) {
              case Character.UNASSIGNED,
                  Character.CONTROL,
                  Character.FORMAT,
                  Character.SURROGATE,
                  Character.PRIVATE_USE,
                  Character.SPACE_SEPARATOR,
                  Character.LINE_SEPARATOR,
                  Character.PARAGRAPH_SEPARATOR ->
                  false;
              default -> true;
            };
  }

  /** RFC 3492 section 6.3; a label is short, so nothing overflows. */
  private static void encode(int[] label, StringBuilder out) {
    int basic = 0;
    for (int c : label) {
      if (c < 0x80) {
        out.append((char) c);
        basic++;
      }
    }
    if (basic > 0) {
      out.append('-');
    }
    int n = 0x80;
    int delta = 0;
    int bias = 72;
    int handled = basic;
    while (handled < label.length) {
      int next = Integer.MAX_VALUE;
      for (int c : label) {
        if (c >= n && c < next) {
          next = c;
        }
      }
      delta += (next - n) * (handled + 1);
      n = next;
      for (int c : label) {
        if (c < n) {
          delta++;
        } else if (c == n) {
          bias = digits(delta, bias, out, handled == basic, handled + 1);
          delta = 0;
          handled++;
        }
      }
      delta++;
      n++;
    }
  }

  private static int digits(int delta, int bias, StringBuilder out, boolean first, int points) {
    int q = delta;
    for (int k = BASE; ; k += BASE) {
      int t = Math.min(TMAX, Math.max(TMIN, k - bias));
      if (q < t) {
        break;
      }
      digit(t + (q - t) % (BASE - t), out);
      q = (q - t) / (BASE - t);
    }
    digit(q, out);
    int d = first ? delta / DAMP : delta / 2;
    d += d / points;
    int k = 0;
    while (d > ((BASE - TMIN) * TMAX) / 2) {
      d /= BASE - TMIN;
      k += BASE;
    }
    return k + (BASE - TMIN + 1) * d / (d + SKEW);
  }

  private static void digit(int value, StringBuilder out) {
    out.append((char) (value < 26 ? 'a' + value : '0' + value - 26));
  }
}
