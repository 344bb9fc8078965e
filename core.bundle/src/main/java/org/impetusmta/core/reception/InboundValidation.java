package org.impetusmta.core.reception;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.AuthenticationResult;
import org.impetusmta.api.reception.Reception.Outcome;
import org.impetusmta.api.reception.ValidationContext;
import org.jspecify.annotations.Nullable;

/**
 * What policy did to one session: the code of the phase under way, the time that the client has to
 * wait, results of checks, and the recipients of the transaction.
 *
 * <p>Thread-safety: single; a hook's while it is asked, the session's loop's otherwise.
 */
final class InboundValidation implements ValidationContext {
  /** The longest wait: what a client waits for in vain is a thing of minutes. */
  private static final Duration LONGEST = Duration.ofHours(1);

  /** A client that greets again and again makes modules report again and again. */
  private static final int MOST_RESULTS = 64;

  /** RFC 5321 section 4.5.3.1.5, without CR LF. */
  private static final int LONGEST_BANNER = 510;

  private final boolean waits;
  private final Runnable recipientsChanged;
  private String asking = "";
  private String coder = "";
  private @Nullable Reply code;
  private boolean disconnects;
  private boolean untouched = true;
  private Duration tarpit = Duration.ZERO;
  private @Nullable InboundTransaction transaction;
  private boolean settled;
  private List<String> banner = List.of();
  private List<AuthenticationResult> ofConnection = List.of();
  private List<AuthenticationResult> ofMessage = List.of();

  /**
   * @param waits whether the protocol knows tarpits
   * @param recipientsChanged told when policy changes the list
   */
  InboundValidation(boolean waits, Runnable recipientsChanged) {
    this.waits = waits;
    this.recipientsChanged = recipientsChanged;
  }

  // what the session tells

  /** A phase begins, or is answered. */
  void begin() {
    code = null;
    disconnects = false;
    untouched = tarpit.isZero();
  }

  /** Whether policy has not said anything of the reply. */
  boolean untouched() {
    return untouched;
  }

  /** The module that is asked from here on. */
  void asking(String module) {
    asking = module;
  }

  /** The recipients are those of {@code begun} from here on; null: nobody's. */
  void transaction(@Nullable InboundTransaction begun) {
    transaction = begun;
    settled = begun == null;
    ofMessage = List.of();
  }

  /** Each recipient has its own message now. */
  void settled() {
    settled = true;
  }

  // what the session asks

  /** What modules said without a verdict comes to. */
  Decision decision() {
    Reply set = code;
    return set == null || set.code() < 400
        ? Decision.PASSED
        : new Decision.Refused(set, disconnects, coder, set.text());
  }

  /** How many recipients there are. */
  int count() {
    InboundTransaction current = transaction;
    return current == null ? 0 : current.recipients().size();
  }

  /** Whether the connection is closed after the reply. */
  boolean disconnects() {
    return disconnects;
  }

  /** What a phase that passed is answered with. */
  Outcome passed(Outcome usual) {
    Reply set = code;
    if (set == null || set.code() / 100 != 2 || usual.reply().code() != 250) {
      return disconnects ? new Outcome(usual.reply(), true) : usual;
    }
    return new Outcome(new Reply(250, set.enhanced(), set.text()), disconnects);
  }

  /** How long the client has to wait; asked once. */
  Duration takeTarpit() {
    Duration time = tarpit;
    tarpit = Duration.ZERO;
    untouched = code == null;
    return time;
  }

  /** What policy wants the client greeted with. */
  List<String> banner() {
    return banner;
  }

  // what policy does

  @Override
  public void banner(List<String> lines) {
    List<String> wanted = List.copyOf(lines);
    for (int i = 0; i < wanted.size(); i++) {
      String line = wanted.get(i);
      boolean last = i == wanted.size() - 1;
      if (!(line.startsWith("220-") || (last && line.startsWith("220 ")))
          || line.length() > LONGEST_BANNER
          || line.chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
        throw new IllegalArgumentException("no line of a greeting: " + line);
      }
    }
    banner = wanted;
  }

  @Override
  public void setCode(Reply reply) {
    code = reply;
    coder = asking;
    untouched = false;
  }

  @Override
  public Optional<Reply> code() {
    return Optional.ofNullable(code);
  }

  @Override
  public void disconnect(Reply reply) {
    setCode(reply);
    disconnects = true;
  }

  @Override
  public void tarpit(Duration time) {
    if (waits && time.isPositive()) {
      untouched = false;
      Duration sum = tarpit.plus(time.compareTo(LONGEST) > 0 ? LONGEST : time);
      tarpit = sum.compareTo(LONGEST) > 0 ? LONGEST : sum;
    }
  }

  @Override
  public boolean canModifyRecipients() {
    return transaction != null && !settled;
  }

  private InboundTransaction modifiable() {
    InboundTransaction current = transaction;
    if (current == null || settled) {
      throw new IllegalStateException("recipients cannot be changed now");
    }
    return current;
  }

  @Override
  public List<Address> recipients() {
    InboundTransaction current = transaction;
    return current == null ? List.of() : List.copyOf(current.recipients());
  }

  @Override
  public boolean addRecipient(Address recipient, boolean unique) {
    InboundTransaction current = modifiable();
    if (recipient.isNull() || (unique && current.recipients().contains(recipient))) {
      return false;
    }
    current.addByPolicy(recipient);
    recipientsChanged.run();
    return true;
  }

  @Override
  public boolean removeRecipient(Address recipient) {
    boolean removed = modifiable().remove(recipient);
    if (removed) {
      recipientsChanged.run();
    }
    return removed;
  }

  @Override
  public boolean replaceRecipient(Address recipient, List<Address> by) {
    boolean replaced =
        modifiable().replace(recipient, by.stream().filter(one -> !one.isNull()).toList());
    if (replaced) {
      recipientsChanged.run();
    }
    return replaced;
  }

  @Override
  public void replaceRecipients(List<Address> recipients) {
    InboundTransaction current = modifiable();
    List<Address> wanted = List.copyOf(recipients);
    current.removeAll();
    for (Address recipient : wanted) {
      addRecipient(recipient, false);
    }
    recipientsChanged.run();
  }

  @Override
  public void addResult(AuthenticationResult result) {
    if (transaction == null) {
      ofConnection = with(ofConnection, result);
    } else if (settled) {
      throw new IllegalStateException("the header field has been written");
    } else {
      ofMessage = with(ofMessage, result);
    }
  }

  private static List<AuthenticationResult> with(
      List<AuthenticationResult> before, AuthenticationResult result) {
    List<AuthenticationResult> results = before.isEmpty() ? new ArrayList<>(2) : before;
    if (results.size() == MOST_RESULTS) {
      results.removeFirst();
    }
    results.add(result);
    return results;
  }

  @Override
  public List<AuthenticationResult> results() {
    if (ofMessage.isEmpty()) {
      return List.copyOf(ofConnection);
    }
    List<AuthenticationResult> all = new ArrayList<>(ofConnection);
    all.addAll(ofMessage);
    return List.copyOf(all);
  }
}
