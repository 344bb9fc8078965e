package org.impetusmta.api.datasource;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** Octets of a source that does not tell their charset, as text. Stateless. */
public final class OctetText {
  private OctetText() {}

  /**
   * Reads octets.
   *
   * @param assumed their charset where they are not UTF-8, see {@link DatasourceSettings}
   */
  public static String of(byte[] octets, Charset assumed) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(octets)).toString();
    } catch (CharacterCodingException e) {
      return new String(octets, assumed);
    }
  }
}
