package org.impetusmta.core.bounce;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.impetusmta.api.bounce.BounceReport;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.core.message.MailMessage;

/**
 * A report of failed delivery that came back from elsewhere: finds the recipient of the mail that
 * it is about. Reports are of many makes, so this is asked, in this order, until an address is
 * found that can be it:
 *
 * <ol>
 *   <li>the fields of a delivery status (RFC 3464 section 2.3), of the recipient that failed before
 *       all others, {@code Original-Recipient} before {@code Final-Recipient};
 *   <li>{@code X-Failed-Recipients} (Exim) in the header;
 *   <li>a line of the text that begins with an address in angle brackets (QSBMF of qmail, Postfix),
 *       then any address in angle brackets in it;
 *   <li>{@code To} of the mail that was returned.
 * </ol>
 *
 * <p>It can be any address but those of {@code bounce_suppress_list} and the one that the report
 * was sent to. The first {@value #MOST_OCTETS} octets are read. Stateless.
 */
public final class ReturnedReport {
  /** Key of the message dictionary: the recipient that a report is about. */
  public static final String ORIGINAL_RECIPIENT = "orig_rcpt";

  private static final int MOST_OCTETS = 256 << 10;
  private static final int MOST_EXCERPT = 16 << 10;
  private static final String ADDRESS = "[^\\s<>()\\[\\],;:\"@]{1,64}@[A-Za-z0-9_.-]{1,253}";
  private static final Pattern TYPED =
      Pattern.compile(
          "\\s*(?:rfc822|utf-8)\\s*;\\s*<?(" + ADDRESS + ")>?\\s*", Pattern.CASE_INSENSITIVE);
  private static final Pattern LEADING = Pattern.compile("\\s*<(" + ADDRESS + ")>.*");
  private static final Pattern BRACKETED = Pattern.compile("<(?:mailto:)?(" + ADDRESS + ")>");
  private static final Pattern ANY = Pattern.compile("(" + ADDRESS + ")");

  /** Where the mail that was returned begins. */
  private static final Pattern RETURNED =
      Pattern.compile(
          "content-type:\\s*(?:message/(?:rfc822|global)|text/rfc822-headers).*"
              + "|-+ ?(?:below this line is a copy|this is a copy of).*",
          Pattern.CASE_INSENSITIVE);

  private ReturnedReport() {}

  /**
   * Reads a report, and has its dictionary say who the original recipient was, if that can be
   * found.
   */
  public static BounceReport describe(MailMessage report, Generation generation) {
    SuppressedRecipients suppressed =
        SuppressedRecipients.of(
            generation.options(SuppressedRecipients.Options.class, ScopePath.GLOBAL));
    BounceReport read = read(report.body(), report.recipient(), suppressed);
    read.originalRecipient()
        .ifPresent(original -> report.context().set(ORIGINAL_RECIPIENT, original));
    return read;
  }

  /**
   * What a report says.
   *
   * @param sentTo whom the report was sent to
   */
  public static BounceReport read(Body report, Address sentTo, SuppressedRecipients suppressed) {
    List<String> lines = lines(report);
    int top = lines.indexOf("");
    int end = top < 0 ? lines.size() : top;
    List<String> rest = lines.subList(end, lines.size());
    return new BounceReport(
        originalRecipient(lines, sentTo, suppressed),
        DeliveryStatus.of(unfolded(rest)),
        excerpt(unfolded(lines.subList(0, end))),
        excerpt(rest.subList(0, returned(rest))));
  }

  private static String excerpt(List<String> lines) {
    StringBuilder text = new StringBuilder();
    for (String line : lines) {
      if (text.length() + line.length() > MOST_EXCERPT) {
        break;
      }
      text.append(line).append('\n');
    }
    return text.toString();
  }

  /**
   * The original recipient.
   *
   * @param sentTo whom the report was sent to
   */
  public static Optional<String> originalRecipient(
      Body report, Address sentTo, SuppressedRecipients suppressed) {
    return originalRecipient(lines(report), sentTo, suppressed);
  }

  private static Optional<String> originalRecipient(
      List<String> lines, Address sentTo, SuppressedRecipients suppressed) {
    int top = lines.indexOf("");
    int end = top < 0 ? lines.size() : top;
    List<String> header = unfolded(lines.subList(0, end));
    List<String> rest = lines.subList(end, lines.size());
    int returned = returned(rest);
    List<String> found = new ArrayList<>();
    status(rest, found);
    field(header, "x-failed-recipients", ANY, found);
    List<String> text = rest.subList(0, returned);
    for (String line : text) {
      add(LEADING.matcher(line), found);
    }
    for (String line : text) {
      all(BRACKETED.matcher(line), found);
    }
    field(unfolded(rest.subList(returned, rest.size())), "to", ANY, found);
    String own = sentTo.toString();
    return found.stream()
        .filter(address -> !address.equalsIgnoreCase(own) && !suppressed.contains(address))
        .findFirst();
  }

  private static List<String> lines(Body report) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < report.segments() && text.length() < MOST_OCTETS; i++) {
      int octets = Math.min(report.segmentLength(i), MOST_OCTETS - text.length());
      text.append(new String(report.segment(i), 0, octets, StandardCharsets.ISO_8859_1));
    }
    return text.toString().lines().toList();
  }

  /** The line at which the mail that was returned begins; all of them where it is not there. */
  private static int returned(List<String> lines) {
    for (int i = 0; i < lines.size(); i++) {
      if (RETURNED.matcher(lines.get(i)).matches()) {
        return i;
      }
    }
    return lines.size();
  }

  /** Continued lines are one (RFC 5322 section 2.2.3). */
  private static List<String> unfolded(List<String> lines) {
    List<String> fields = new ArrayList<>();
    for (String line : lines) {
      boolean continues = line.startsWith(" ") || line.startsWith("\t");
      if (continues && !fields.isEmpty()) {
        fields.add(fields.removeLast() + line);
      } else {
        fields.add(line);
      }
    }
    return fields;
  }

  /** What the groups of fields of a delivery status name, those that failed first. */
  private static void status(List<String> lines, List<String> found) {
    List<String> failed = new ArrayList<>();
    List<String> others = new ArrayList<>();
    String original = "";
    String last = "";
    boolean fails = false;
    for (String line : unfolded(lines)) {
      String lower = line.toLowerCase(Locale.ROOT);
      if (line.isEmpty() || line.startsWith("--")) {
        keep(original, last, fails ? failed : others);
        original = "";
        last = "";
        fails = false;
      } else if (lower.startsWith("original-recipient:")) {
        original = typed(line);
      } else if (lower.startsWith("final-recipient:")) {
        last = typed(line);
      } else if (lower.startsWith("action:")) {
        fails = lower.substring("action:".length()).strip().startsWith("failed");
      }
    }
    keep(original, last, fails ? failed : others);
    found.addAll(failed);
    found.addAll(others);
  }

  private static void keep(String original, String last, List<String> to) {
    if (!original.isEmpty()) {
      to.add(original);
    }
    if (!last.isEmpty()) {
      to.add(last);
    }
  }

  private static String typed(String line) {
    Matcher value = TYPED.matcher(line.substring(line.indexOf(':') + 1));
    return value.matches() ? value.group(1) : "";
  }

  private static void field(List<String> fields, String name, Pattern address, List<String> found) {
    for (String field : fields) {
      if (field.regionMatches(true, 0, name + ":", 0, name.length() + 1)) {
        all(address.matcher(field.substring(name.length() + 1)), found);
      }
    }
  }

  private static void add(Matcher matcher, List<String> found) {
    if (matcher.matches()) {
      found.add(matcher.group(1));
    }
  }

  private static void all(Matcher matcher, List<String> found) {
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
  }
}
