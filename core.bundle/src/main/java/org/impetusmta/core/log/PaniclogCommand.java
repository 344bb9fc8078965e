package org.impetusmta.core.log;

import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.log.LogEvent.Diagnostic;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** {@code paniclog}: the last diagnostics of each level. Source: console_commands.paniclog. */
@Component(service = ConsoleCommand.class)
public final class PaniclogCommand implements ConsoleCommand {
  private final PanicLog panicLog;

  @Activate
  public PaniclogCommand() {
    this(Logback.panicLog());
  }

  PaniclogCommand(PanicLog panicLog) {
    this.panicLog = panicLog;
  }

  @Override
  public String name() {
    return "paniclog";
  }

  @Override
  public String synopsis() {
    return "";
  }

  @Override
  public String summary() {
    return "show the last diagnostics of each level";
  }

  @Override
  public void run(ConsoleInvocation invocation) {
    for (Diagnostic diagnostic : panicLog.recent()) {
      invocation.println(panicLog.line(diagnostic));
    }
  }
}
