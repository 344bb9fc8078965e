package org.impetusmta.core.queue.http;

import com.fasterxml.jackson.core.JsonFactory;

/** JSON of this package. Stateless. */
final class Json {
  static final JsonFactory FACTORY = new JsonFactory();

  private Json() {}

  /** With two digits behind the point at most, as the manual's examples have it. */
  static double rounded(double number) {
    return Double.isFinite(number) ? Math.round(number * 100) / 100.0 : 0;
  }
}
