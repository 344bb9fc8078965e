package org.impetusmta.module.ds_core;

import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.UnsupportedCharsetException;
import org.impetusmta.api.config.OptionValue;

/** A character set that this machine knows. Immutable. */
@OptionValue(expected = "the name of a character set, such as iso-8859-1")
public record CharsetName(Charset charset) {
  /** Reads a name of the IANA registry. */
  public static CharsetName parse(String text) {
    try {
      return new CharsetName(Charset.forName(text.strip()));
    } catch (IllegalCharsetNameException | UnsupportedCharsetException unknown) {
      throw new IllegalArgumentException("no character set is called so", unknown);
    }
  }
}
