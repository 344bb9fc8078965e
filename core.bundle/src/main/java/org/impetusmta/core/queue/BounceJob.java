package org.impetusmta.core.queue;

import org.impetusmta.api.message.Body;
import org.impetusmta.api.queue.DsnAction;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.core.bounce.BounceOptions;
import org.impetusmta.core.bounce.DeliveryReport;
import org.impetusmta.core.message.MailMessage;
import org.jspecify.annotations.Nullable;

/**
 * One notification on its way. Single: it passes from the loop of its queue to a thread of a pool
 * and back.
 */
final class BounceJob {
  private final MailQueue queue;
  private final MailMessage original;
  private final BounceOptions options;
  private final int warningsBefore;
  private final boolean sends;
  private final Runnable done;
  private DeliveryReport report;
  private @Nullable Body resident;
  private @Nullable Envelope spooled;
  private @Nullable MailMessage notification;

  private BounceJob(
      MailQueue queue,
      MailMessage original,
      DeliveryReport report,
      BounceOptions options,
      int warningsBefore,
      boolean sends,
      Runnable done) {
    this.queue = queue;
    this.original = original;
    this.report = report;
    this.options = options;
    this.warningsBefore = warningsBefore;
    this.sends = sends;
    this.done = done;
  }

  /**
   * A bounce.
   *
   * @param done run when it is durable and queued
   */
  static BounceJob bounce(
      MailQueue queue,
      MailMessage original,
      DeliveryReport report,
      BounceOptions options,
      Runnable done) {
    return new BounceJob(queue, original, report, options, 0, true, done);
  }

  /**
   * A warning, which the message counts already.
   *
   * @param before what it counted before
   * @param sends false: that is recorded and nothing is sent
   */
  static BounceJob warning(
      MailQueue queue,
      MailMessage original,
      DeliveryReport report,
      BounceOptions options,
      int before,
      boolean sends) {
    return new BounceJob(queue, original, report, options, before, sends, () -> {});
  }

  MailQueue queue() {
    return queue;
  }

  MailMessage original() {
    return original;
  }

  BounceOptions options() {
    return options;
  }

  DeliveryReport report() {
    return report;
  }

  void report(DeliveryReport introduced) {
    report = introduced;
  }

  /** Whether the original waits on in its queue. */
  boolean warning() {
    return report.action() == DsnAction.DELAYED;
  }

  /** Whether the original's octets are needed. */
  boolean quotes() {
    return sends && options.bouncesInlineOriginal() != BounceOptions.Original.NONE;
  }

  /** Octets of memory that it may take. */
  long cost() {
    return quotes() ? original.size() : 0;
  }

  /** The original's octets where they are in memory. */
  @Nullable Body resident() {
    return resident;
  }

  void resident(@Nullable Body octets) {
    resident = octets;
  }

  /** The notification once it is composed. */
  MailMessage notification() {
    MailMessage composed = notification;
    if (composed == null) {
      throw new IllegalStateException("no notification of " + original.id() + " yet");
    }
    return composed;
  }

  void composed(MailMessage made) {
    notification = made;
  }

  /** The envelope of a warned message whose dictionaries are in the spool alone. */
  Envelope spooled() {
    Envelope found = spooled;
    if (found == null) {
      throw new IllegalStateException("no envelope of " + original.id());
    }
    return found;
  }

  void spooled(Envelope envelope) {
    spooled = envelope;
  }

  boolean isSpooledKnown() {
    return spooled != null;
  }

  /** Whether there is a notification to be made. */
  boolean sends() {
    return sends;
  }

  int warningsBefore() {
    return warningsBefore;
  }

  void done() {
    done.run();
  }
}
