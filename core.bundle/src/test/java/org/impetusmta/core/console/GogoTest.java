package org.impetusmta.core.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.felix.service.command.Function;
import org.impetusmta.api.console.Console;
import org.impetusmta.api.console.ConsoleException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Both ways, with Gogo's own runtime. */
final class GogoTest {
  private final ThreadIOImpl threadIo = new ThreadIOImpl();
  private final CommandProcessorImpl gogo;
  private final ConsoleService console = new ConsoleService();
  private final Console.Session session = console.open("test");

  GogoTest() {
    threadIo.start();
    gogo = new CommandProcessorImpl(threadIo);
    console.addCommand(new Gogo(gogo));
    console.addCommand(TestCommand.echo("message details"));
    console.addCommand(TestCommand.echo("ec_logger:ec_logger reopen logs"));
    console.addCommand(
        TestCommand.of(
            "refuse",
            invocation -> {
              throw new ConsoleException("not now");
            }));
    for (String word : List.of("message", "refuse", "ec_logger:ec_logger")) {
      Function function =
          (gogoSession, arguments) -> GogoScope.call(console, gogoSession, word, arguments);
      gogo.addCommand(GogoScope.SCOPE, function, word);
    }
  }

  @AfterEach
  void stop() {
    gogo.stop();
    threadIo.stop();
  }

  @Test
  void runsALineOfGogo() {
    assertThat(session.execute("gogo (1 2 3) size").ok()).isFalse();
    assertThat(session.execute("gogo x = hello").text()).isEqualTo("hello\n");
  }

  @Test
  void gogoRunsConsoleCommands() {
    assertThat(session.execute("gogo ec:message details 1 'a b'"))
        .isEqualTo(new Console.Answer(true, "message details 1|a b\n"));
    assertThat(session.execute("gogo message details 1").text()).isEqualTo("message details 1\n");
    assertThat(session.execute("gogo ec:ec_logger:ec_logger reopen logs").text())
        .isEqualTo("ec_logger:ec_logger reopen logs \n");
  }

  @Test
  void failuresKeepTheirText() {
    assertThat(session.execute("gogo ec:refuse")).isEqualTo(new Console.Answer(false, "not now\n"));
    assertThat(session.execute("gogo").ok()).isFalse();
  }
}
