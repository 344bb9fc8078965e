package org.impetusmta.core.console;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.core.config.ConfigEngine;
import org.impetusmta.core.config.ConfigPath;
import org.impetusmta.core.config.Written;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code write config [path]}: prints the configuration in force, or writes it into one file of the
 * server. What is printed hides secrets, what is written does not. A transaction is not seen.
 * Concurrent. Source: console_commands.write_config.
 */
@Component(service = ConsoleCommand.class)
public final class WriteConfig implements ConsoleCommand {
  private final ConfigEngine engine;

  @Activate
  public WriteConfig(@Reference ConfigEngine engine) {
    this.engine = engine;
  }

  @Override
  public String name() {
    return "write config";
  }

  @Override
  public String synopsis() {
    return "[/path/to/file]";
  }

  @Override
  public String summary() {
    return "print the running configuration, or write it into a file of the server";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = invocation.arguments();
    try {
      switch (words.size()) {
        case 0 -> engine.view().show(new ConfigPath(List.of()), true).forEach(invocation::println);
        case 1 -> {
          Written written = engine.writeback(Path.of(words.getFirst()));
          written.files().forEach(file -> invocation.println("Wrote " + file + "."));
          written.warnings().forEach(invocation::println);
        }
        default -> throw new ConsoleException("write config takes one file");
      }
    } catch (InvalidPathException e) {
      throw new ConsoleException("\"" + e.getInput() + "\" is no file name");
    } catch (ConfigException e) {
      throw new ConsoleException(String.valueOf(e.getMessage()));
    }
  }
}
