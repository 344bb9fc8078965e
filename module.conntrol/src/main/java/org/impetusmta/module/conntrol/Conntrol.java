package org.impetusmta.module.conntrol;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.hook.SmtpCommandRefused;
import org.impetusmta.api.hook.ValidateConnect;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.reception.AcceptConstruct;
import org.impetusmta.api.scheduler.EventLoop;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * Lets clients wait for the banner and looks who speaks before it (RFC 5321 section 4.3.1): {@code
 * early_talker}, and the end of the connection where {@code disconnect_ratware} is set. Counts what
 * a client gets wrong. A timer waits, no thread does. Concurrent. Source: modules.conntrol.
 */
@Module(
    name = "conntrol",
    kind = Module.Kind.VALIDATE,
    description = "Connection control: early talkers, a banner")
@Component(
    factory = Module.FACTORY + "conntrol",
    service = {ValidateConnect.class, SmtpCommandRefused.class})
public final class Conntrol implements ValidateConnect, SmtpCommandRefused {
  static final String BAD = "conntrol_bad_commands";
  static final String UNRECOGNIZED = "conntrol_unrecognized_commands";
  static final String EARLY = "early_talker";

  /** RFC 5321 section 4.5.3.1.5, without CR LF. */
  private static final int LONGEST_LINE = 510;

  private final List<String> banner;
  private final Duration pause;
  private final Optional<Verdict> ratware;

  /** The options of a conntrol stanza. */
  @OptionSet("conntrol")
  public record Options(
      @Option(
              doc =
                  "What clients are greeted with, lines of 220; behind 220- comes the usual banner")
          Optional<String> banner,
      @Option(value = "0", min = 0, max = 240, doc = "How long a client waits for the banner")
          Duration pauseTime,
      @Option(
              doc =
                  "The reply to a client that does not wait, 4xx or 5xx, whole; unset: it may stay")
          Optional<String> disconnectRatware) {}

  @Activate
  public Conntrol(Map<String, Object> properties) throws ConfigException {
    this(
        ModuleStanza.of(properties).options(Options.class),
        ModuleStanza.of(properties).stanza().position() + ": in conntrol: ");
  }

  /**
   * @param where what messages begin with
   */
  Conntrol(Options options, String where) throws ConfigException {
    banner = options.banner().isPresent() ? banner(options.banner().get(), where) : List.of();
    pause = options.pauseTime();
    ratware =
        options.disconnectRatware().isPresent()
            ? Optional.of(refusal(options.disconnectRatware().get(), where))
            : Optional.empty();
  }

  private static List<String> banner(String text, String where) throws ConfigException {
    List<String> lines = lines(text);
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      boolean last = i == lines.size() - 1;
      if (!fits(line) || !(line.startsWith("220-") || (last && line.startsWith("220 ")))) {
        throw new ConfigException(
            where + "banner = \"" + line + "\", expected 220- or 220 and a text in each line");
      }
    }
    if (lines.isEmpty()) {
      throw new ConfigException(where + "banner is empty, expected 220 and a text");
    }
    return lines;
  }

  private static Verdict refusal(String text, String where) throws ConfigException {
    List<String> lines = lines(text);
    boolean valid = !lines.isEmpty() && lines.getLast().matches("[45]\\d\\d( .*)?");
    for (int i = 0; valid && i < lines.size(); i++) {
      valid =
          fits(lines.get(i))
              && lines.get(i).startsWith(lines.getLast().substring(0, 3))
              && (i == lines.size() - 1 || lines.get(i).startsWith("-", 3));
    }
    if (!valid) {
      throw new ConfigException(
          where
              + "disconnect_ratware = \""
              + text.strip()
              + "\", expected an SMTP reply, 4xx or 5xx and a text");
    }
    StringBuilder reply = new StringBuilder(lines.getLast().substring(0, 3)).append(' ');
    for (int i = 0; i < lines.size(); i++) {
      reply
          .append(i == 0 ? "" : "\n")
          .append(lines.get(i).substring(Math.min(4, lines.get(i).length())));
    }
    return new Verdict.Refuse(Reply.parse(reply.toString()), true);
  }

  private static List<String> lines(String text) {
    // configurations have no escapes; the manual writes these all the same
    String plain = text.replace("\\r", "").replace("\\n", "\n");
    return Arrays.stream(plain.split("\r?\n", -1)).filter(line -> !line.isEmpty()).toList();
  }

  private static boolean fits(String line) {
    return line.length() <= LONGEST_LINE && line.chars().allMatch(c -> c >= ' ' && c < 0x7f);
  }

  @Override
  public Verdict validateConnect(AcceptConstruct connection) {
    if (!banner.isEmpty()) {
      connection.validation().banner(banner);
    }
    if (pause.isZero()) {
      connection.whenTalkedEarly(() -> connection.context().set(EARLY, "yes"));
      return Verdict.CONTINUE;
    }
    CompletableFuture<Verdict> decided = new CompletableFuture<>();
    EventLoop.Timer timer =
        connection.loop().schedule(() -> decided.complete(Verdict.CONTINUE), pause);
    connection.whenTalkedEarly(
        () -> {
          connection.context().set(EARLY, "yes");
          if (ratware.isPresent() && decided.complete(ratware.get())) {
            timer.cancel();
          }
        });
    return Verdict.suspend(decided);
  }

  @Override
  public void smtpCommandRefused(Reply reply, AcceptConstruct connection) {
    switch (reply.code()) {
      // RFC 5321 section 4.2.2: 500 is a command that nobody knows, these are its parameters
      case 500 -> count(connection.context(), UNRECOGNIZED);
      case 501, 504, 553, 555 -> count(connection.context(), BAD);
      default -> {}
    }
  }

  private static void count(Context context, String key) {
    int before =
        context.get(key).filter(text -> text.matches("\\d{1,9}")).map(Integer::valueOf).orElse(0);
    context.set(key, Integer.toString(before + 1));
  }
}
