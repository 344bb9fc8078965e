package org.impetusmta.core.reception;

import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;

/**
 * What becomes of content that is not as RFC 5322 wants it. Immutable. Source: the pages
 * conf.ref.rfc2822_*.
 */
@OptionSet({Scopes.GLOBAL, Scopes.PATHWAY, Scopes.PATHWAY_GROUP})
record RepairOptions(
    @Option(
            name = "rfc2822_date_header",
            value = "ifneeded",
            doc = "Whether a message without Date is accepted as it is, gets one, or is refused")
        DateHeader dateHeader,
    @Option(
            name = "rfc2822_messageid_header",
            value = "ifneeded",
            doc = "Whether a message without Message-ID gets one")
        MessageIdHeader messageIdHeader,
    @Option(
            name = "rfc2822_missing_headers",
            value = "reject",
            doc = "Whether a message that begins with its body is refused")
        MissingHeaders missingHeaders,
    @Option(
            name = "rfc2822_lone_lf_in_headers",
            value = "pedantic",
            doc = "Whether a header with CR or LF alone is refused or repaired")
        LoneInHeaders loneLfInHeaders,
    @Option(
            name = "rfc2822_lone_lf_in_body",
            value = "pedantic",
            doc = "Whether a body with CR or LF alone is accepted, refused, or repaired")
        LoneInBody loneLfInBody,
    @Option(
            name = "rfc2822_max_line_length",
            value = "ignore",
            doc = "Whether lines longer than 998, or than N, are accepted, refused, or wrapped")
        LineLength maxLineLength,
    @Option(
            name = "rfc2822_max_line_length_policy",
            value = "none",
            doc = "What is done with a message whose lines are too long")
        LineLengthPolicy maxLineLengthPolicy) {

  enum DateHeader {
    IGNORE,
    IFNEEDED,
    PEDANTIC
  }

  enum MessageIdHeader {
    IGNORE,
    IFNEEDED
  }

  enum MissingHeaders {
    REJECT,
    ALLOW
  }

  enum LoneInHeaders {
    PEDANTIC,
    FIX
  }

  enum LoneInBody {
    IGNORE,
    PEDANTIC,
    FIX
  }

  enum LineLengthPolicy {
    NONE,
    FIX,
    REJECT
  }

  /** What is done with long lines: the policy says it, where it is none the length's own word. */
  LineLength.Word longLines() {
    return switch (maxLineLengthPolicy) {
      case NONE -> maxLineLength.word();
      case FIX -> LineLength.Word.FIX;
      case REJECT -> LineLength.Word.PEDANTIC;
    };
  }
}
