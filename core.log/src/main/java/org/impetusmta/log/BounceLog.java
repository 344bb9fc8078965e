package org.impetusmta.log;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.impetusmta.api.bounce.BounceClass;
import org.impetusmta.api.bounce.BounceClassifier;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.hook.LogOutOfBandBounce;
import org.impetusmta.api.hook.LogPermanentFailure;
import org.impetusmta.api.hook.LogTransientFailure;
import org.impetusmta.api.io.IoWrappers;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;

/**
 * What modules that write a bouncelog have in common: a line for each bounce, in-band or not, and
 * each transient failure, fields separated by {@code @}, the type in field 4:
 *
 * <pre>
 * time@message@batch@connection@B@localpart@domain@sender localpart@sender domain@group@binding@stage@class@size@ip@reply
 * </pre>
 *
 * <p>The type is {@code T} for a transient failure. Mail that came back (stage 21) has the original
 * recipient, its own recipient as the sender, the client as the ip, and the description of its
 * class as the reply. A subscription request is no line. Concurrent, as {@link FileLogger} says.
 * Source: log_formats.bouncelog, modules.bounce_logger.
 */
public abstract class BounceLog extends FileLogger
    implements LogPermanentFailure, LogTransientFailure, LogOutOfBandBounce {
  private final Settings settings;
  private final BounceClassifier classifier;
  private final InstantSource clock;
  private final LogFile bouncelog;
  private long heartbeatAt;

  /**
   * What a stanza says.
   *
   * @param bouncelog a path, or a URI of an I/O wrapper
   * @param mode permissions of a file that is created
   * @param heartbeat time between heartbeats; zero: none
   */
  public record Settings(
      String bouncelog,
      int mode,
      Duration heartbeat,
      boolean inBand,
      boolean outOfBand,
      boolean transientFailures) {}

  /**
   * @param micros whether times have microseconds
   * @throws ConfigException when the log cannot be opened
   */
  @SuppressWarnings("this-escape") // opening calls nothing that a subclass may override
  protected BounceLog(
      String module,
      String instance,
      Settings settings,
      BounceClassifier classifier,
      IoWrappers io,
      InstantSource clock,
      boolean micros)
      throws ConfigException {
    super(module, instance, io, clock, micros);
    this.settings = settings;
    this.classifier = classifier;
    this.clock = clock;
    bouncelog = open("bouncelog", settings.bouncelog(), settings.mode());
    heartbeatAt = clock.millis() + settings.heartbeat().toMillis();
  }

  /** Writes the reply, up to the end of the line. */
  protected void reply(LineBuffer line, String reply, Bounce bounce) {
    line.text(reply);
  }

  /**
   * What a line is of.
   *
   * @param event the failure, or the mail that came back
   */
  public record Bounce(LogEvent event, Message message, BounceClass bounceClass) {}

  @Override
  public final synchronized void logPermanentFailure(LogEvent.Failure event) {
    boolean outOfBand = event.reply().text().equals(LogEvent.OutOfBandBounce.DROPPED);
    if (settings.inBand() && !outOfBand) {
      failure(event, 'B');
    }
  }

  @Override
  public final synchronized void logTransientFailure(LogEvent.Failure event) {
    if (settings.transientFailures()) {
      failure(event, 'T');
    }
  }

  private void failure(LogEvent.Failure event, char type) {
    Message message = event.message();
    BounceClass found =
        classifier.classify(event.reply(), event.stage(), event.routingDomain()).bounceClass();
    LineBuffer line = bouncelog.line();
    begin(line, event.timeMicros(), message, type);
    addresses(line, message.recipient(), message.sender());
    rest(
        line,
        event.bindingGroup(),
        event.binding(),
        event.stage(),
        found,
        message,
        event.remoteAddress().orElse(""));
    reply(line, event.reply().toString(), new Bounce(event, message, found));
    bouncelog.endLine();
  }

  @Override
  public final synchronized void logOutOfBandBounce(LogEvent.OutOfBandBounce event) {
    if (!settings.outOfBand()) {
      return;
    }
    BounceClass found = classifier.classify(event.report()).bounceClass();
    if (found.equals(BounceClass.SUBSCRIBE)) {
      return; // it is about no mail that was sent
    }
    Message message = event.message();
    LineBuffer line = bouncelog.line();
    begin(line, event.timeMicros(), message, 'B');
    addresses(line, original(event.report().originalRecipient()), message.recipient());
    rest(
        line,
        event.bindingGroup(),
        event.binding(),
        Stage.OUT_OF_BAND,
        found,
        message,
        message.sourceAddress());
    String words = new Reply(550, "", "[internal] [oob] " + found.description()).toString();
    reply(line, words, new Bounce(event, message, found));
    bouncelog.endLine();
  }

  /** As the report has it; {@link Address#NULL} where it has none, or none that is one. */
  private static Address original(Optional<String> recipient) {
    try {
      return recipient.map(Address::of).orElse(Address.NULL);
    } catch (IllegalArgumentException e) {
      return Address.NULL;
    }
  }

  private static void begin(LineBuffer line, long micros, Message message, char type) {
    line.time(micros);
    line.ascii('@').id(message.id());
    line.ascii('@').id(message.batchId());
    line.ascii('@').id(message.connectionId());
    line.ascii('@').ascii(type);
  }

  private static void addresses(LineBuffer line, Address recipient, Address sender) {
    line.ascii('@').field(recipient.localpart());
    line.ascii('@').field(recipient.domain());
    line.ascii('@').field(sender.localpart());
    line.ascii('@').field(sender.domain());
  }

  private static void rest(
      LineBuffer line,
      String group,
      String binding,
      Stage stage,
      BounceClass bounceClass,
      Message message,
      String remote) {
    line.ascii('@').field(group);
    line.ascii('@').field(binding);
    line.ascii('@').decimal(stage.code());
    line.ascii('@').decimal(bounceClass.code());
    line.ascii('@').decimal(message.size());
    line.ascii('@').field(remote).ascii('@');
  }

  @Override
  protected final void problem(String option, String problem) {}

  /** {@code 1251222268@@@@M1}; the event log flushes at least once a second. */
  @Override
  protected final void beforeWrite() {
    long interval = settings.heartbeat().toMillis();
    long now = clock.millis();
    boolean due = now >= heartbeatAt || heartbeatAt - now > interval; // or the clock was set back
    if (interval > 0 && due) {
      heartbeatAt = now + interval;
      bouncelog.line().time(LogEvent.micros(clock.instant())).ascii("@@@@M1");
      bouncelog.endLine();
    }
  }
}
