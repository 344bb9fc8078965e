package org.impetusmta.core.spool;

import java.util.List;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code spool import_poll}: how an import goes, or went. Concurrent. Source:
 * console_commands.spool_import_poll.
 */
@Component(service = ConsoleCommand.class)
public final class SpoolImportPollCommand implements ConsoleCommand {
  private final SpoolImports imports;

  @Activate
  public SpoolImportPollCommand(@Reference SpoolImports imports) {
    this.imports = imports;
  }

  @Override
  public String name() {
    return "spool import_poll";
  }

  @Override
  public String synopsis() {
    return "path";
  }

  @Override
  public String summary() {
    return "How the import of a spool goes";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = invocation.arguments();
    if (words.size() != 1) {
      throw new ConsoleException("usage: " + name() + " " + synopsis());
    }
    invocation.println(
        imports
            .find(SpoolImportCommand.path(words.getFirst()))
            .orElseThrow(
                () ->
                    new ConsoleException(
                        words.getFirst() + " was not imported since the server started"))
            .toString());
  }
}
