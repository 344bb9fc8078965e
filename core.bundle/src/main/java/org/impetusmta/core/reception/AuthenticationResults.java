package org.impetusmta.core.reception;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.reception.AuthenticationResult;

/**
 * The header field Authentication-Results (RFC 8601): this host's is made of what modules reported,
 * and what claims to be this host's and came from elsewhere is removed (section 5).
 */
final class AuthenticationResults {
  static final String NAME = "Authentication-Results";

  private AuthenticationResults() {}

  /** The whole field with its CRLF; a line for each result. */
  static byte[] field(String authservId, List<AuthenticationResult> results) {
    StringBuilder out = new StringBuilder(NAME).append(": ").append(authservId);
    for (AuthenticationResult result : results) {
      out.append(";\r\n\t").append(result.text());
    }
    return out.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
  }

  /** The body without fields that bear {@code authservId}. */
  static Body withoutForged(Body body, String authservId) {
    if (body.countHeaders(NAME) == 0) {
      return body;
    }
    String ours = authservId.toLowerCase(Locale.ROOT);
    return HeaderRemoval.remove(body, NAME, value -> authservId(value).equals(ours));
  }

  /** The first word of a field's value, past comments and quotes, in lower case. */
  static String authservId(String value) {
    StringBuilder id = new StringBuilder();
    int depth = 0;
    boolean quoted = false;
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '\\' && (depth > 0 || quoted)) {
        i++;
        if (quoted && i < value.length()) {
          id.append(value.charAt(i));
        }
      } else if (quoted) {
        quoted = c != '"';
        if (quoted) {
          id.append(c);
        }
      } else if (c == '(') {
        depth++;
      } else if (depth > 0) {
        depth -= c == ')' ? 1 : 0;
      } else if (c == '"') {
        quoted = true;
      } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
        if (!id.isEmpty()) {
          break;
        }
      } else if (c == ';') {
        break;
      } else {
        id.append(c);
      }
    }
    return id.toString().toLowerCase(Locale.ROOT);
  }
}
