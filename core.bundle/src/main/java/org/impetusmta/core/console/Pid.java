package org.impetusmta.core.console;

import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleInvocation;
import org.osgi.service.component.annotations.Component;

/** {@code pid}: the number alone, for scripts. Concurrent. Source: console_commands.pid. */
@Component(service = ConsoleCommand.class)
public final class Pid implements ConsoleCommand {
  @Override
  public String name() {
    return "pid";
  }

  @Override
  public String synopsis() {
    return "";
  }

  @Override
  public String summary() {
    return "show the process id of the server";
  }

  @Override
  public void run(ConsoleInvocation invocation) {
    invocation.println(Long.toString(ProcessHandle.current().pid()));
  }
}
