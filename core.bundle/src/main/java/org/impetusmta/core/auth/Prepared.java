package org.impetusmta.core.auth;

import java.text.Normalizer;

/**
 * Names and passwords in the form in which SCRAM compares them: SASLprep (RFC 4013) for stored
 * strings, with the normalisation of this Java's Unicode in place of Unicode 3.2. Stateless.
 */
final class Prepared {
  private Prepared() {}

  /**
   * @throws IllegalArgumentException when it holds what is prohibited, or nothing
   */
  static String of(String text) {
    StringBuilder mapped = new StringBuilder(text.length());
    text.codePoints()
        .filter(point -> !isMappedToNothing(point))
        .map(point -> Character.getType(point) == Character.SPACE_SEPARATOR ? ' ' : point)
        .forEach(mapped::appendCodePoint);
    String normal = Normalizer.normalize(mapped, Normalizer.Form.NFKC);
    if (normal.isEmpty() || normal.codePoints().anyMatch(Prepared::isProhibited)) {
      throw new IllegalArgumentException("no name or password");
    }
    return normal;
  }

  /** RFC 3454 table B.1. */
  private static boolean isMappedToNothing(int point) {
    return point == 0x00AD
        || point == 0x034F
        || point == 0x1806
        || (point >= 0x180B && point <= 0x180D)
        || (point >= 0x200B && point <= 0x200D)
        || point == 0x2060
        || (point >= 0xFE00 && point <= 0xFE0F)
        || point == 0xFEFF;
  }

  /** RFC 4013 section 2.3 by general categories. */
  private static boolean isProhibited(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> point >= 0xFFF9 && point <= 0xFFFD;
    };
  }
}
