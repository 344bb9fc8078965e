package org.impetusmta.core.queue.console;

import java.util.List;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.message.Reply;
import org.impetusmta.core.queue.MailFilter;
import org.impetusmta.core.queue.QueueWork;
import org.impetusmta.core.queue.QueueWork.Which;

/** What the commands that fail mail have in common. Stateless. */
final class Purge {
  private static final String PURGED = "Message manually purged.";

  private Purge() {}

  /**
   * Fails the mail of a domain, or says what that would be.
   *
   * @param note what its senders are told, perhaps with a code
   */
  static void domain(
      QueueWork work,
      ConsoleInvocation invocation,
      MailFilter.Words words,
      String binding,
      String domain,
      List<String> note,
      boolean quiet)
      throws ConsoleException {
    Which which = Which.of(binding, domain);
    boolean all = which.domain().isEmpty();
    if (words.dryRun()) {
      QueueWork.Preview found = work.preview(which, words.filter());
      found.lines().forEach(invocation::println);
      invocation.printf(
          "[dry-run] %s: %d messages would be failed.%s",
          all ? "all domains" : domain, found.messages(), found.more());
      return;
    }
    int failed = work.fail(which, words.filter(), reply(note), quiet);
    if (all) {
      invocation.printf(
          "All domains purged.%s%d messages failed.", words.filtered() ? " " : "  ", failed);
    } else {
      invocation.printf(
          "%s purged%s %d messages failed.", domain, words.filtered() ? "." : ",", failed);
    }
  }

  private static Reply reply(List<String> note) throws ConsoleException {
    if (note.isEmpty()) {
      return new Reply(554, "", PURGED);
    }
    String first = note.getFirst();
    boolean coded = first.matches("\\d{3}");
    if (coded && !first.startsWith("5")) {
      throw new ConsoleException("mail fails with a code from 500 to 599, not with " + first);
    }
    String text = String.join(" ", coded ? note.subList(1, note.size()) : note);
    try {
      return new Reply(coded ? Integer.parseInt(first) : 554, "", text.isEmpty() ? PURGED : text);
    } catch (IllegalArgumentException e) {
      throw new ConsoleException(String.valueOf(e.getMessage()));
    }
  }
}
