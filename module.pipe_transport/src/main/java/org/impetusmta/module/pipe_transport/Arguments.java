package org.impetusmta.module.pipe_transport;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.message.Message;

/**
 * The words that a program is started with. A macro is replaced inside its word, so an address is
 * never more than one argument; one that holds anything but printable ASCII, is longer than {@value
 * #LONGEST} characters, or would make a word look like an option is refused. Read-only.
 */
final class Arguments {
  private static final int LONGEST = 1024;
  private static final Pattern MACRO = Pattern.compile("%\\{([^}]*)\\}");

  private final List<String> words;

  Arguments(String program, List<String> arguments) throws ConfigException {
    List<String> all = new ArrayList<>();
    all.add(program);
    for (String argument : arguments) {
      Matcher macros = MACRO.matcher(argument);
      while (macros.find()) {
        if (!List.of("sender", "recipient", "localpart", "domain", "id")
            .contains(macros.group(1))) {
          throw new ConfigException(
              "arguments: %{"
                  + macros.group(1)
                  + "}: expected sender, recipient, localpart, domain or id");
        }
      }
      all.add(argument);
    }
    words = List.copyOf(all);
  }

  /** The command for {@code message}; empty when something of it must not be an argument. */
  Optional<List<String>> of(Message message) {
    List<String> command = new ArrayList<>();
    for (String word : words) {
      Matcher macros = MACRO.matcher(word);
      StringBuilder filled = new StringBuilder();
      boolean replaced = false;
      while (macros.find()) {
        replaced = true;
        String value = value(macros.group(1), message);
        if (value.length() > LONGEST || value.chars().anyMatch(c -> c < ' ' || c > '~')) {
          return Optional.empty();
        }
        macros.appendReplacement(filled, Matcher.quoteReplacement(value));
      }
      macros.appendTail(filled);
      if (replaced && !word.startsWith("-") && !filled.isEmpty() && filled.charAt(0) == '-') {
        return Optional.empty();
      }
      command.add(filled.toString());
    }
    return Optional.of(command);
  }

  private static String value(String macro, Message message) {
    return switch (macro) {
      case "sender" -> message.sender().toString();
      case "recipient" -> message.recipient().toString();
      case "localpart" -> message.recipient().localpart();
      case "domain" -> message.recipient().domain();
      default -> message.id().toString();
    };
  }
}
