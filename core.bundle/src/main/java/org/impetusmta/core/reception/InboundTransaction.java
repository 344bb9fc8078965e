package org.impetusmta.core.reception;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.reception.AcceptConstruct;
import org.impetusmta.api.reception.MailCommand;
import org.impetusmta.api.reception.RcptCommand;
import org.impetusmta.api.reception.Transaction;

/** What has been said since MAIL FROM. Single; owned by the session's loop. */
final class InboundTransaction implements Transaction {
  private final InboundConversation connection;
  private final MessageId batchId;
  private final Address sender;
  private final MailCommand command;
  private final Context context = new Context();
  private final List<Address> recipients = new ArrayList<>(1);
  private final List<Address> recipientsView = Collections.unmodifiableList(recipients);
  private final List<RcptCommand> commands = new ArrayList<>(1);
  private final List<RcptCommand> named = new ArrayList<>(1);

  /**
   * @param sender that of {@code command}, with a domain where it had none
   */
  InboundTransaction(
      InboundConversation connection, MessageId batchId, Address sender, MailCommand command) {
    this.connection = connection;
    this.batchId = batchId;
    this.sender = sender;
    this.command = command;
  }

  /** Makes the message dictionary speak of the recipient of {@code asked}. */
  void lookingAt(RcptCommand asked) {
    describe(context, asked);
  }

  /** Makes the message dictionary speak of recipient {@code index}. */
  void lookingAt(int index) {
    describe(context, commands.get(index));
  }

  private static void describe(Context context, RcptCommand asked) {
    context.set("rcptto_string", asked.line());
    context.set("rcptto_localpart", asked.recipient().localpart());
    context.set("rcptto_domain", asked.recipient().domain());
  }

  /** The dictionary of recipient {@code index}'s own message. */
  Context contextOf(int index) {
    Context own = context.copy();
    RcptCommand asked = commands.get(index);
    describe(own, asked);
    asked.context().forEach(own::set);
    return own;
  }

  /** Adds a recipient that the client named. */
  void add(RcptCommand accepted) {
    named.add(accepted);
    recipients.add(accepted.recipient());
    commands.add(accepted);
  }

  /** How many recipients the client named. */
  int named() {
    return named.size();
  }

  /** The place of recipient {@code index} among those that the client named; -1: policy's own. */
  @SuppressWarnings("ReferenceEquality") // the same address may have been named twice
  int place(int index) {
    RcptCommand command = commands.get(index);
    if (index < named.size() && named.get(index) == command) {
      return index;
    }
    for (int i = 0; i < named.size(); i++) {
      if (named.get(i) == command) {
        return i;
      }
    }
    return -1;
  }

  /** Adds a recipient that no client named. */
  void addByPolicy(Address recipient) {
    recipients.add(recipient);
    commands.add(new RcptCommand(recipient, "RCPT TO:<" + recipient + ">", Map.of()));
  }

  /** Removes a recipient as often as it is there; whether it was. */
  boolean remove(Address recipient) {
    boolean removed = recipients.removeIf(recipient::equals);
    commands.removeIf(command -> command.recipient().equals(recipient));
    return removed;
  }

  /**
   * Puts others in the place of a recipient, as often as it is there; whether it was. One alone
   * answers for the client's own in protocols that answer for each.
   */
  @SuppressWarnings("ReferenceEquality") // the same address may have been named twice
  boolean replace(Address recipient, List<Address> by) {
    boolean found = false;
    for (int i = commands.size() - 1; i >= 0; i--) {
      RcptCommand old = commands.get(i);
      if (old.recipient().equals(recipient)) {
        found = true;
        commands.remove(i);
        recipients.remove(i);
        for (int j = 0; j < by.size(); j++) {
          Address one = by.get(j);
          RcptCommand instead = new RcptCommand(one, "RCPT TO:<" + one + ">", old.context());
          commands.add(i + j, instead);
          recipients.add(i + j, one);
          if (by.size() == 1) {
            named.replaceAll(command -> command == old ? instead : command);
          }
        }
      }
    }
    return found;
  }

  void removeAll() {
    recipients.clear();
    commands.clear();
  }

  /** What the parameters of recipient {@code index} put into its message's dictionary. */
  Map<String, String> parametersOf(int index) {
    return commands.get(index).context();
  }

  @Override
  public AcceptConstruct connection() {
    return connection;
  }

  @Override
  public MessageId batchId() {
    return batchId;
  }

  @Override
  public Address sender() {
    return sender;
  }

  @Override
  public List<Address> recipients() {
    return recipientsView;
  }

  @Override
  public OptionalLong declaredSize() {
    return command.size();
  }

  @Override
  public boolean eightBitMime() {
    return command.eightBitMime();
  }

  @Override
  public Context context() {
    return context;
  }
}
