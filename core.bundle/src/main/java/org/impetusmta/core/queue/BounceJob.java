package org.impetusmta.core.queue;

import org.impetusmta.api.message.Body;
import org.impetusmta.api.queue.DsnAction;
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
  private final Runnable done;
  private final Runnable dropped;
  private DeliveryReport report;
  private @Nullable Body resident;
  private @Nullable MailMessage notification;

  /**
   * @param done run when the notification is durable and queued
   * @param dropped run when there will be none
   */
  BounceJob(
      MailQueue queue,
      MailMessage original,
      DeliveryReport report,
      BounceOptions options,
      Runnable done,
      Runnable dropped) {
    this.queue = queue;
    this.original = original;
    this.report = report;
    this.options = options;
    this.done = done;
    this.dropped = dropped;
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
    return options.bouncesInlineOriginal() != BounceOptions.Original.NONE;
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

  void done() {
    done.run();
  }

  void dropped() {
    dropped.run();
  }
}
