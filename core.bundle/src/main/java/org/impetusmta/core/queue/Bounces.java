package org.impetusmta.core.queue;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.hook.GenerateBounces;
import org.impetusmta.api.hook.GenerateRfc3464MessagePreamble;
import org.impetusmta.api.hook.GenerateRfc3464MessagePreamble.Preamble;
import org.impetusmta.api.hook.PostGenerateRfc3464Message;
import org.impetusmta.api.log.EventLog;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.message.Xtext;
import org.impetusmta.api.queue.DsnAction;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.api.spool.SpoolException;
import org.impetusmta.core.bounce.BounceOptions;
import org.impetusmta.core.bounce.DeliveryReport;
import org.impetusmta.core.bounce.DeliveryStatusNotification;
import org.impetusmta.core.hook.HookEntry;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.hook.Hooks;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.message.MessageIds;
import org.impetusmta.core.message.Requests;
import org.impetusmta.core.metrics.Counters;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivery status notifications: who is told, and what; a {@link BounceLine} of each loop has them
 * made. A bounce is stored, logged as a reception with protocol {@code internal} and queued; only
 * then the original is finished with.
 *
 * <p>Nobody is told about a failed notification (RFC 5321 section 6.1), for it has the null sender,
 * but for {@code mdn_failures_notify}. What that mailbox gets is marked in its dictionary, {@code
 * #mdn}; what is marked is never reported again.
 *
 * <p>Thread-safety: read-only; each message is handled on the loop of its queue.
 */
final class Bounces {
  private static final Logger LOG = LoggerFactory.getLogger(Bounces.class);

  /** Mark of a report to {@code mdn_failures_notify}. */
  private static final String NOTIFY = "mdn_failures_notify";

  private final LoopMailQueues server;
  private final Spool spool;
  private final EventLog log;
  private final Counters counters;
  private final MessageIds ids;
  private final HookList<GenerateBounces> generate;
  private final HookList<GenerateRfc3464MessagePreamble> preamble;
  private final HookList<PostGenerateRfc3464Message> postGenerate;
  private final Function<Generation, String> hostname;
  private final SecureRandom random = new SecureRandom();

  Bounces(
      LoopMailQueues server,
      Spool spool,
      EventLog log,
      Counters counters,
      MessageIds ids,
      Hooks hooks,
      Function<Generation, String> hostname) {
    this.server = server;
    this.spool = spool;
    this.log = log;
    this.counters = counters;
    this.ids = ids;
    this.generate = hooks.list(GenerateBounces.class);
    this.preamble = hooks.list(GenerateRfc3464MessagePreamble.class);
    this.postGenerate = hooks.list(PostGenerateRfc3464Message.class);
    this.hostname = hostname;
  }

  // ---- who is told ----

  /** Who is told that {@code failed} fails for good; empty: nobody. */
  Optional<Address> told(MailMessage failed, BounceOptions options) {
    if (failed.sender().isNull() && options.mdnFailuresNotify().isEmpty()) {
      return Optional.empty();
    }
    if (!failed.sender().isNull() && !failed.requests().wants("FAILURE")) {
      return Optional.empty();
    }
    if (!enabled(failed, options)) {
      return Optional.empty();
    }
    if (!failed.sender().isNull()) {
      return Optional.of(failed.sender());
    }
    Optional<Address> mailbox =
        options.mdnFailuresNotify().filter(text -> !text.isEmpty()).map(Address::of);
    if (failed.report() || mailbox.filter(failed.recipient()::equals).isPresent()) {
      LOG.debug("{} went to mdn_failures_notify and is not reported again", failed.id());
      return Optional.empty();
    }
    return mailbox;
  }

  private boolean enabled(MailMessage failed, BounceOptions options) {
    for (HookEntry<GenerateBounces> entry : generate.entries()) {
      try {
        Optional<Boolean> answer = entry.hook().generateBounces(failed);
        if (answer.isPresent()) {
          return answer.get();
        }
      } catch (RuntimeException e) {
        LOG.error("{} failed in generate_bounces of {}", entry.module(), failed.id(), e);
      }
    }
    return options.generateBounces();
  }

  // ---- the ways in ----

  /** Has a bounce made; {@code done} runs on the queue's loop once it is durable and queued. */
  void bounce(
      MailQueue queue,
      MailMessage original,
      DeliveryReport report,
      BounceOptions options,
      Runnable done) {
    queue
        .home()
        .bounceLine()
        .add(
            BounceJob.bounce(
                queue, original, asked(original, report), quoted(original, report, options), done));
  }

  /**
   * See {@code WaitingMessage.warnSender}.
   *
   * @param sends false where the warning is only recorded
   */
  boolean warn(MailQueue queue, MailMessage original, int warnings, boolean sends) {
    BounceLine line = queue.home().bounceLine();
    if (original.sender().isNull() || original.gone() || line.full() || server.stopped()) {
      return false;
    }
    int before = original.warnings();
    original.warnings(warnings);
    long expires = queue.maintainer().settings().retrySchedule().expirationMillis();
    Optional<Reply> reply =
        original.lastReply().isEmpty()
            ? Optional.empty()
            : Optional.of(Reply.parse(original.lastReply()));
    DeliveryReport report =
        DeliveryReport.delayed(
            original.sender(),
            original.recipient(),
            original.receivedMillis(),
            server.now(),
            reply,
            original.agesFromMillis() + expires);
    BounceOptions options = server.generation().options(BounceOptions.class, queue.path());
    line.add(
        BounceJob.warning(
            queue,
            original,
            asked(original, report),
            quoted(original, report, options),
            before,
            sends && original.requests().wants("DELAY")));
    return true;
  }

  /** On the loop: how far the warnings have come is in the spool from the next commit on. */
  void record(BounceJob job) {
    MailMessage message = job.original();
    String count = Integer.toString(message.warnings());
    String seconds = Long.toString(server.now() / 1000);
    Envelope envelope;
    if (!message.leftToSpool()) {
      message.context().set(MailMessage.WARNINGS, count);
      message.context().set(MailMessage.WARNED, seconds);
      envelope = message.envelope(job.queue().maintainer().settings().excludedKeys());
    } else {
      Envelope spooled = job.spooled();
      Map<String, String> context = new LinkedHashMap<>(spooled.messageContext());
      context.put(MailMessage.WARNINGS, count);
      context.put(MailMessage.WARNED, seconds);
      envelope =
          new Envelope(
              spooled.id(),
              spooled.batchId(),
              spooled.connectionId(),
              spooled.sender(),
              spooled.recipient(),
              spooled.receivedMillis(),
              spooled.sourceAddress(),
              spooled.protocol(),
              spooled.eightBitMime(),
              spooled.priority(),
              spooled.bindingGroup(),
              spooled.binding(),
              context,
              spooled.connectionContext());
    }
    spool.rewrite(message.spoolEntry(), envelope, message.attemptState());
    if (!message.leftToSpool()) {
      message.rewritten();
      if (!message.resident()) {
        message.settle(server.dictionaries());
      }
    }
  }

  /** A notification of mail that no queue holds; bound, not stored. On a thread of a pool. */
  MailMessage notification(MailMessage original, DeliveryReport report, BounceOptions options) {
    DeliveryReport introduced = introduced(original, asked(original, report));
    MailMessage bounce =
        composed(
            original, introduced, quoted(original, report, options), Optional.of(original.body()));
    complete(original, bounce, report.action());
    return bounce;
  }

  /** With what the sender calls message and recipient (RFC 3461 sections 6.3 and 6.4). */
  private static DeliveryReport asked(MailMessage original, DeliveryReport report) {
    Requests requests = original.requests();
    return report.asked(
        Xtext.decode(requests.envid()).filter(text -> !text.isEmpty()),
        originalRecipient(requests.orcpt()));
  }

  /** Of type {@code utf-8} the address may be UTF-8 as it is (RFC 6533). */
  private static Optional<String> originalRecipient(String orcpt) {
    int semicolon = orcpt.indexOf(';');
    if (semicolon <= 0) {
      return Optional.empty();
    }
    String address = orcpt.substring(semicolon + 1);
    return Optional.of(orcpt.substring(0, semicolon + 1) + Xtext.decode(address).orElse(address));
  }

  /**
   * How much of the original it has: what the sender asked for with RET, but nothing where {@code
   * bounces_inline_original} says so; reports other than of failure have headers at most (RFC 3461
   * section 6.2).
   */
  private static BounceOptions quoted(
      MailMessage original, DeliveryReport report, BounceOptions options) {
    BounceOptions.Original wanted = options.bouncesInlineOriginal();
    if (wanted == BounceOptions.Original.NONE) {
      return options;
    }
    wanted =
        switch (original.requests().ret()) {
          case "FULL" -> BounceOptions.Original.ALL;
          case "HDRS" -> BounceOptions.Original.HEADERS;
          default -> wanted;
        };
    if (report.success()) {
      wanted = BounceOptions.Original.HEADERS;
    }
    return wanted == options.bouncesInlineOriginal()
        ? options
        : new BounceOptions(
            options.generateBounces(), wanted, options.mailerdaemon(), options.mdnFailuresNotify());
  }

  // ---- the steps of a line ----

  /** The report with policy's text; on the loop. */
  DeliveryReport introduced(MailMessage original, DeliveryReport report) {
    for (HookEntry<GenerateRfc3464MessagePreamble> entry : preamble.entries()) {
      try {
        Optional<Preamble> text =
            entry.hook().generateRfc3464MessagePreamble(original, report.action());
        if (text.isPresent()) {
          return report.introduced(text);
        }
      } catch (RuntimeException e) {
        LOG.error("{} failed in the preamble for {}", entry.module(), original.id(), e);
      }
    }
    return report;
  }

  /** Composes it; reads the original where it is not resident, on a thread of a pool then. */
  void compose(BounceJob job) throws IOException {
    if (job.warning() && job.original().leftToSpool()) {
      job.spooled(spool.envelope(job.original().spoolEntry()));
    }
    if (job.sends()) {
      job.composed(composed(job.original(), job.report(), job.options(), original(job)));
    }
    job.resident(null);
  }

  private Optional<Body> original(BounceJob job) throws IOException {
    Body resident = job.resident();
    if (!job.quotes() || resident != null) {
      return Optional.ofNullable(resident);
    }
    try {
      return Optional.of(spool.read(job.original().spoolEntry()));
    } catch (SpoolException e) {
      // a delayed message may have been delivered meanwhile
      if (!job.warning()) {
        LOG.error("message {} is lost in the spool: {}", job.original().id(), e.getMessage());
      }
      return Optional.empty();
    }
  }

  private MailMessage composed(
      MailMessage original, DeliveryReport report, BounceOptions options, Optional<Body> octets) {
    String host = hostname.apply(server.generation());
    MessageId id = ids.next();
    DeliveryStatusNotification notification =
        DeliveryStatusNotification.compose(
            id,
            report,
            options.bouncesInlineOriginal(),
            host,
            options.mailerdaemon().orElse("mailer-daemon@" + host),
            octets,
            random);
    MailMessage bounce =
        new MailMessage(
            id,
            id,
            MessageId.NONE,
            Address.NULL,
            report.to(),
            "unknown",
            "internal",
            server.now(),
            notification.eightBit(),
            notification.body());
    if (original.sender().isNull()) {
      bounce.markReport(NOTIFY);
    }
    if (original.requireTls()) {
      // it may quote what must not be seen on its way (RFC 8689 section 5)
      bounce.context().set(Message.REQUIRE_TLS, "yes");
    }
    return bounce;
  }

  /** What policy does to a notification before it is stored; on the loop. */
  void complete(MailMessage original, MailMessage bounce, DsnAction action) {
    for (HookEntry<PostGenerateRfc3464Message> entry : postGenerate.entries()) {
      try {
        entry.hook().postGenerateRfc3464Message(original, bounce, action);
      } catch (RuntimeException e) {
        LOG.error("{} failed after making bounce {}", entry.module(), bounce.id(), e);
      }
    }
    server.bindingChoice().bind(bounce);
  }

  /** A notification that is durable is mail like any other. */
  void queue(MailMessage bounce) {
    counters.received.increment();
    log.append(
        new LogEvent.Reception(
            server.nowMicros(), bounce, bounce.bindingGroup(), bounce.binding()));
    server.enqueue(bounce);
  }
}
