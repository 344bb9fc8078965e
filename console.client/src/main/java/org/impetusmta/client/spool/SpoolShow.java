package org.impetusmta.client.spool;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.spool.EncodedBody;
import org.impetusmta.spool.offline.Findings;
import org.impetusmta.spool.offline.OfflineSpool;
import org.impetusmta.spool.offline.StoredMessage;
import org.jspecify.annotations.Nullable;

/**
 * Shows the messages of a spool, of either engine, as {@code ec_show} does; changes nothing and
 * asks for no lock, so it may run beside a server. What the server does meanwhile may be seen or
 * not. Single. Source: executable.ec_show.
 */
public final class SpoolShow {
  private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");
  private static final int GZIP = 1;
  private static final List<String> ENCODINGS = List.of("none", "gzip", "bzip2", "zstd");

  private final Path base;
  private final Selection selection;
  private final PrintStream out;
  private final PrintStream err;
  private long shown;
  private boolean failed;

  /** Which messages, and how. */
  public static final class Selection {
    private Optional<MessageId> id = Optional.empty();
    private @Nullable Pattern sender;
    private @Nullable Pattern recipient;
    private @Nullable DateBound from;
    private @Nullable DateBound to;
    private boolean countOnly;

    /** Only this message. */
    public void id(MessageId wanted) {
      id = Optional.of(wanted);
    }

    /** Only messages whose sender the expression is found in. */
    public void sender(String expression) {
      sender = Pattern.compile(expression);
    }

    /** Only messages whose recipient the expression is found in. */
    public void recipient(String expression) {
      recipient = Pattern.compile(expression);
    }

    /** Only messages that are not older than that. */
    public void startDate(String date) {
      from = DateBound.of(date, true);
    }

    /** Only messages that are not younger than that. */
    public void endDate(String date) {
      to = DateBound.of(date, false);
    }

    /** Nothing but the number of messages. */
    public void countOnly() {
      countOnly = true;
    }

    private boolean needsDates() {
      return isPattern(from) || isPattern(to);
    }

    private static boolean isPattern(@Nullable DateBound bound) {
      return bound != null && bound.isPattern();
    }

    private void see(Envelope envelope) {
      String date = date(envelope.receivedMillis());
      if (from != null) {
        from.see(envelope.receivedMillis(), date);
      }
      if (to != null) {
        to.see(envelope.receivedMillis(), date);
      }
    }

    private boolean admits(Envelope envelope) {
      return (id.isEmpty() || id.get().equals(envelope.id()))
          && finds(sender, envelope.sender().toString())
          && finds(recipient, envelope.recipient().toString())
          && (from == null || from.admits(envelope.receivedMillis()))
          && (to == null || to.admits(envelope.receivedMillis()));
    }

    private static boolean finds(@Nullable Pattern pattern, String text) {
      return pattern == null || pattern.matcher(text).find();
    }
  }

  /**
   * @param base SpoolBase
   */
  public SpoolShow(Path base, Selection selection, PrintStream out, PrintStream err) {
    this.base = base;
    this.selection = selection;
    this.out = out;
    this.err = err;
  }

  private static String date(long millis) {
    return DATE.format(Instant.ofEpochMilli(millis).atZone(ZoneId.systemDefault()));
  }

  /**
   * Shows what was asked for.
   *
   * @return 0; 1 where there is no spool, the one message asked for is not in it, or something
   *     could not be read, which is said on standard error
   */
  public int run() throws IOException {
    List<OfflineSpool> spools = OfflineSpool.in(base);
    if (spools.isEmpty()) {
      err.println("ec_show: there is no spool in " + base);
      return 1;
    }
    if (selection.needsDates()) {
      for (OfflineSpool spool : spools) {
        spool.scan(new Reader(false));
      }
    }
    for (OfflineSpool spool : spools) {
      spool.scan(new Reader(true));
    }
    if (selection.countOnly) {
      out.println(shown);
    }
    out.flush();
    if (selection.id.isPresent() && shown == 0) {
      err.println("ec_show: message " + selection.id.get() + " is not in " + base);
      failed = true;
    }
    return failed ? 1 : 0;
  }

  private final class Reader implements Findings {
    private final boolean shows;

    Reader(boolean shows) {
      this.shows = shows;
    }

    @Override
    public void message(StoredMessage message) {
      if (!shows) {
        selection.see(message.envelope());
      } else if (selection.admits(message.envelope())) {
        shown++;
        if (!selection.countOnly) {
          show(message);
        }
      }
    }

    @Override
    public void fault(Fault fault, String name, String reason) {
      // what a server writes at this moment looks like a torn end, and orphans are no messages
      if (shows && (fault == Fault.META || fault == Fault.BODY)) {
        complain(name, reason);
      }
    }
  }

  private void complain(String name, String reason) {
    failed = true;
    err.println("ec_show: " + Printable.of(name) + ": " + Printable.of(reason));
  }

  private void show(StoredMessage message) {
    Envelope envelope = message.envelope();
    long next = message.state().nextAttemptMillis();
    line("Message: " + envelope.id());
    line("  ID: " + parts(envelope.id()));
    line("  BatchID: " + parts(envelope.batchId()));
    line("  ConnID: " + parts(envelope.connectionId()));
    line("  Swapped: Yes");
    line("  Created: " + date(envelope.receivedMillis()));
    line("  Next Attempt: " + date(next == 0 ? envelope.receivedMillis() : next));
    line("  Retries: " + message.state().retries());
    line(
        "  Received From: "
            + envelope.protocol().toUpperCase(Locale.ROOT)
            + " "
            + envelope.sourceAddress());
    line("  Binding: " + envelope.binding());
    line("  Sender: " + envelope.sender());
    line("  Recipient: " + envelope.recipient());
    line("  Code: " + message.state().lastReply());
    line("  Size: " + message.bodyLength());
    dictionary("Connection Context", envelope.connectionContext());
    dictionary("Message Context", envelope.messageContext());
    line("");
    try {
      body(message.body());
    } catch (IOException e) {
      complain(envelope.id().toString(), String.valueOf(e.getMessage()));
    }
    line("");
  }

  private static String parts(MessageId id) {
    return "(slot: %d, pid: %d, counter: %d)".formatted(id.seconds(), id.process(), id.counter());
  }

  private void dictionary(String name, Map<String, String> entries) {
    line("  " + name + ": [");
    entries.forEach((key, value) -> line("  " + key + " = \"" + value + "\""));
    line("  ]");
  }

  private void line(String text) {
    out.println(Printable.of(text));
  }

  /** The body as it crosses a connection, with the dot that ends it. */
  private void body(EncodedBody body) throws IOException {
    byte[] octets = body.octets().toByteArray();
    if (body.encoding() == GZIP) {
      try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(octets))) {
        octets = in.readAllBytes();
      }
    } else if (body.encoding() != 0) {
      String name =
          body.encoding() < ENCODINGS.size()
              ? ENCODINGS.get(body.encoding())
              : "unknown encoding " + body.encoding();
      line("(%d octets, %s)".formatted(octets.length, name));
      return;
    }
    String text = new String(octets, StandardCharsets.ISO_8859_1).replace("\r\n", "\n");
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    if (!text.isEmpty() && !text.endsWith("\n")) {
      out.write('\n');
    }
    out.write('.');
    out.write('\n');
  }
}
