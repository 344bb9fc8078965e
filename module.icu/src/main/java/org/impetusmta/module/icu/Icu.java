package org.impetusmta.module.icu;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.policy.CharsetConversion;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * Converts between character sets and UTF-8, by the charsets of the Java runtime: some 170, those
 * of mail among them. Names that mail uses and the runtime does not know are mapped. Concurrent.
 * Source: modules.icu.
 */
@Module(
    name = "icu",
    kind = Module.Kind.SINGLETON,
    singleton = "true",
    autoload = "true",
    description = "Conversion of character sets")
@Component(factory = Module.FACTORY + "icu", service = CharsetConversion.class)
public final class Icu implements CharsetConversion {
  /** Names in mail and ICU that Java spells otherwise, or a superset that it has. */
  private static final Map<String, String> OTHER_NAMES =
      Map.ofEntries(
          Map.entry("cp-850", "IBM850"),
          Map.entry("iso-8859-8-i", "ISO-8859-8"),
          Map.entry("iso-8859-8-e", "ISO-8859-8"),
          Map.entry("iso-8859-6-i", "ISO-8859-6"),
          Map.entry("iso-8859-6-e", "ISO-8859-6"),
          Map.entry("iso-8859-11", "TIS-620"),
          Map.entry("ks_c_5601-1987", "x-windows-949"),
          Map.entry("ks_c_5601-1989", "x-windows-949"),
          Map.entry("gb2312", "GBK"),
          Map.entry("gb_2312-80", "GBK"),
          Map.entry("x-sjis", "windows-31j"),
          Map.entry("x-mac-roman", "x-MacRoman"),
          Map.entry("macintosh", "x-MacRoman"),
          Map.entry("unicode-1-1-utf-8", "UTF-8"),
          Map.entry("utf8", "UTF-8"),
          Map.entry("ascii", "US-ASCII"));

  @Activate
  public Icu() {}

  private static Charset find(String name) {
    String key = name.strip().toLowerCase(Locale.ROOT);
    try {
      return Charset.forName(OTHER_NAMES.getOrDefault(key, key));
    } catch (IllegalCharsetNameException | UnsupportedCharsetException unknown) {
      throw new IllegalArgumentException("there is no character set " + printable(name), unknown);
    }
  }

  /** The name comes from mail. */
  private static String printable(String name) {
    String shown = name.replaceAll("[^\\x21-\\x7e]", "?");
    return shown.length() > 60 ? shown.substring(0, 60) : shown;
  }

  @Override
  public boolean knows(String charset) {
    try {
      find(charset);
      return true;
    } catch (IllegalArgumentException unknown) {
      return false;
    }
  }

  @Override
  public Set<String> names() {
    return new TreeSet<>(Charset.availableCharsets().keySet());
  }

  @Override
  public String decode(byte[] octets, String charset, boolean strict) {
    Charset from = find(charset);
    CodingErrorAction action = strict ? CodingErrorAction.REPORT : CodingErrorAction.REPLACE;
    try {
      return from.newDecoder()
          .onMalformedInput(action)
          .onUnmappableCharacter(action)
          .decode(ByteBuffer.wrap(octets))
          .toString();
    } catch (CharacterCodingException bad) {
      throw new IllegalArgumentException("the octets are no text in " + from.name(), bad);
    }
  }

  @Override
  public byte[] encode(String text, String charset, boolean strict) {
    Charset to = find(charset);
    if (!to.canEncode()) {
      throw new IllegalArgumentException(to.name() + " can only be read");
    }
    CodingErrorAction action = strict ? CodingErrorAction.REPORT : CodingErrorAction.REPLACE;
    try {
      ByteBuffer octets =
          to.newEncoder()
              .onMalformedInput(action)
              .onUnmappableCharacter(action)
              .encode(CharBuffer.wrap(text));
      byte[] result = new byte[octets.remaining()];
      octets.get(result);
      return result;
    } catch (CharacterCodingException bad) {
      throw new IllegalArgumentException(to.name() + " cannot express the text", bad);
    }
  }

  @Override
  public byte[] toUtf8(byte[] octets, String charset, boolean strict) {
    return decode(octets, charset, strict).getBytes(StandardCharsets.UTF_8);
  }
}
