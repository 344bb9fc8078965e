package org.impetusmta.module.mta_sts;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The TXT record at {@code _mta-sts.DOMAIN}, which says that there is a policy and which one.
 * Immutable. Source: RFC 8461 section 3.1.
 *
 * @param id letters and digits that change with the policy
 */
record StsRecord(String id) {
  private static final String VERSION = "v=STSv1;";
  private static final Pattern FIELD =
      Pattern.compile("([A-Za-z0-9][A-Za-z0-9_.-]{0,31})=([\\x21-\\x3A\\x3C\\x3E-\\x7E]+)");
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9]{1,32}");

  /**
   * The record among those of the name: empty unless exactly one of them begins with the version,
   * and that one is well-formed.
   *
   * @param records RDATA as on the wire
   */
  static Optional<StsRecord> of(List<ByteBuffer> records) {
    Optional<String> only = Optional.empty();
    for (ByteBuffer rdata : records) {
      String text = text(rdata);
      // blanks may stand before the semicolon
      if (text.startsWith("v=STSv1") && text.substring(7).stripLeading().startsWith(";")) {
        if (only.isPresent()) {
          return Optional.empty();
        }
        only = Optional.of(VERSION + text.substring(text.indexOf(';') + 1));
      }
    }
    return only.flatMap(StsRecord::parse);
  }

  private static Optional<StsRecord> parse(String text) {
    String[] fields = text.substring(VERSION.length()).split(";", -1);
    Optional<String> id = Optional.empty();
    for (int i = 0; i < fields.length; i++) {
      String field = strip(fields[i]);
      if (field.isEmpty() && i == fields.length - 1) {
        break;
      }
      Matcher matcher = FIELD.matcher(field);
      if (!matcher.matches()) {
        return Optional.empty();
      }
      if (matcher.group(1).equals("id") && id.isEmpty()) {
        if (!ID.matcher(matcher.group(2)).matches()) {
          return Optional.empty();
        }
        id = Optional.of(matcher.group(2));
      }
    }
    return id.map(StsRecord::new);
  }

  private static String strip(String field) {
    int start = 0;
    int end = field.length();
    while (start < end && (field.charAt(start) == ' ' || field.charAt(start) == '\t')) {
      start++;
    }
    while (end > start && (field.charAt(end - 1) == ' ' || field.charAt(end - 1) == '\t')) {
      end--;
    }
    return field.substring(start, end);
  }

  /** The strings of a TXT record in one (RFC 7208 section 3.3). */
  static String text(ByteBuffer rdata) {
    ByteBuffer from = rdata.duplicate();
    StringBuilder text = new StringBuilder(from.remaining());
    while (from.hasRemaining()) {
      byte[] string = new byte[Math.min(from.get() & 0xff, from.remaining())];
      from.get(string);
      text.append(new String(string, StandardCharsets.ISO_8859_1));
    }
    return text.toString();
  }
}
