package org.impetusmta.core.spool;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code spool import}: brings the mail of another spool over, in the background. Concurrent.
 * Source: console_commands.spool_import.
 */
@Component(service = ConsoleCommand.class)
public final class SpoolImportCommand implements ConsoleCommand {
  private static final String SUPPRESS = "suppress_trace_headers";

  private final SpoolImports imports;

  @Activate
  public SpoolImportCommand(@Reference SpoolImports imports) {
    this.imports = imports;
  }

  @Override
  public String name() {
    return "spool import";
  }

  @Override
  public String synopsis() {
    return "path [concurrency [" + SUPPRESS + "]]";
  }

  @Override
  public String summary() {
    return "Bring the mail of another spool over";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = invocation.arguments();
    if (words.isEmpty()
        || words.size() > 3
        || (words.size() == 3 && !words.get(2).equals(SUPPRESS))) {
      throw new ConsoleException("usage: " + name() + " " + synopsis());
    }
    int concurrency = words.size() > 1 ? concurrency(words.get(1)) : 1;
    try {
      imports.begin(path(words.getFirst()), concurrency, words.size() < 3);
    } catch (IOException e) {
      throw new ConsoleException(String.valueOf(e.getMessage()));
    }
    invocation.println(
        "Import of " + words.getFirst() + " has begun; spool import_poll tells how it goes.");
  }

  private static int concurrency(String word) throws ConsoleException {
    if (!word.matches("\\d{1,4}")
        || Integer.parseInt(word) < 1
        || Integer.parseInt(word) > SpoolImports.MOST_CONCURRENCY) {
      throw new ConsoleException(
          "concurrency is a number from 1 to " + SpoolImports.MOST_CONCURRENCY + ", not " + word);
    }
    return Integer.parseInt(word);
  }

  static Path path(String word) throws ConsoleException {
    try {
      return Path.of(word);
    } catch (InvalidPathException e) {
      throw new ConsoleException("not the path of a folder: " + e.getReason());
    }
  }
}
