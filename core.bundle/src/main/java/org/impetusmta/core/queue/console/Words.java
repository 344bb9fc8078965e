package org.impetusmta.core.queue.console;

import java.util.List;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.message.MessageId;

/** Reads the words after a command. Stateless. */
final class Words {
  private Words() {}

  static void none(ConsoleInvocation invocation) throws ConsoleException {
    if (!invocation.arguments().isEmpty()) {
      throw new ConsoleException("nothing follows this command: " + invocation.text());
    }
  }

  static String one(ConsoleInvocation invocation, String what) throws ConsoleException {
    List<String> words = invocation.arguments();
    if (words.size() != 1) {
      throw new ConsoleException("expected one " + what);
    }
    return words.getFirst();
  }

  static List<String> two(ConsoleInvocation invocation, String what) throws ConsoleException {
    List<String> words = invocation.arguments();
    if (words.size() != 2) {
      throw new ConsoleException("expected " + what);
    }
    return words;
  }

  /** Whether it can be the name of a queue: no blanks, no controls, not the word for all. */
  static boolean isDomain(String word) {
    return word.length() <= 255
        && !word.equalsIgnoreCase("all")
        && word.matches("[\\p{L}\\p{N}_:\\[\\].-]+");
  }

  static int number(String word, String what) throws ConsoleException {
    if (!word.matches("\\d{1,9}")) {
      throw new ConsoleException(what + " is a number, not " + word);
    }
    return Integer.parseInt(word);
  }

  static MessageId messageId(String word) throws ConsoleException {
    try {
      return MessageId.parse(word);
    } catch (IllegalArgumentException e) {
      throw new ConsoleException(String.valueOf(e.getMessage()));
    }
  }
}
