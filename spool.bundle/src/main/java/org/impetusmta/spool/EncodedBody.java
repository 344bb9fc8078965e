package org.impetusmta.spool;

import org.impetusmta.api.message.Body;

/**
 * A body as an engine keeps it: octets whose meaning is the encoding's affair. Immutable.
 *
 * @param octets what is stored and read back
 * @param encoding 0 none: the octets are in wire form; 1 gzip, 2 bzip2, 3 zstd
 * @param length octets in wire form, whatever the encoding
 */
public record EncodedBody(Body octets, int encoding, int length) {
  /** Largest number of an encoding. */
  public static final int LAST_ENCODING = 7;

  public EncodedBody {
    if (encoding < 0 || encoding > LAST_ENCODING || length < 0) {
      throw new IllegalArgumentException("encoding " + encoding + ", " + length + " octets");
    }
    if (encoding == 0 && length != octets.length()) {
      throw new IllegalArgumentException(
          octets.length() + " octets that are not encoded cannot be " + length);
    }
  }

  /** A body in wire form. */
  public static EncodedBody plain(Body body) {
    return new EncodedBody(body, 0, body.length());
  }
}
