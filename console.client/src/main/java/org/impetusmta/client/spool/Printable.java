package org.impetusmta.client.spool;

/** Text that came from elsewhere, so that it does nothing to a terminal. Concurrent. */
final class Printable {
  private Printable() {}

  /** The text with control characters as {@code \xNN}. */
  static String of(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c)) {
        out.append("\\x%02X".formatted((int) c));
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }
}
