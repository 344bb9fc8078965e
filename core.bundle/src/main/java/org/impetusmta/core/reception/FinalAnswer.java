package org.impetusmta.core.reception;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.Reception.Outcome;
import org.impetusmta.core.message.MailMessage;

/**
 * How a client hears what became of its mail: once for all recipients, or, in protocols that tell
 * them apart, for each. Nobody is told once the session has closed.
 *
 * <p>Thread-safety: single; owned by the session's loop.
 */
sealed interface FinalAnswer {
  /** Whether each recipient has an outcome of its own. */
  boolean isForEach();

  /**
   * @param rest for all recipients whose mail was not refused by itself
   */
  void give(JudgedMail mail, Outcome rest);

  /** One outcome. */
  record ForAll(InboundConversation session, Consumer<Outcome> then) implements FinalAnswer {
    @Override
    public boolean isForEach() {
      return false;
    }

    @Override
    public void give(JudgedMail mail, Outcome rest) {
      if (!session.isClosed()) {
        then.accept(rest);
      }
    }
  }

  /**
   * An outcome for each recipient that the client named: see {@code InboundSession.spoolForEach}.
   */
  record ForEach(
      InboundConversation session, InboundTransaction transaction, Consumer<List<Outcome>> then)
      implements FinalAnswer {
    @Override
    public boolean isForEach() {
      return true;
    }

    @Override
    public void give(JudgedMail mail, Outcome rest) {
      if (session.isClosed()) {
        return;
      }
      // those that policy has removed get the rest's
      List<Outcome> outcomes = new ArrayList<>(Collections.nCopies(transaction.named(), rest));
      for (int i = 0; i < mail.ofRecipients.size(); i++) {
        int place = transaction.place(i);
        if (place >= 0) {
          outcomes.set(place, outcome(mail, mail.ofRecipients.get(i), rest));
        }
      }
      then.accept(outcomes);
    }

    private Outcome outcome(JudgedMail mail, MailMessage message, Outcome rest) {
      for (JudgedMail.Refused one : mail.refused) {
        if (one.message() == message) {
          return session.answers.refused(one.decision(), message);
        }
      }
      return rest.accepted()
          ? new Outcome(new Reply(250, "2.0.0", "OK " + message.id()), rest.disconnect())
          : rest;
    }
  }
}
