package org.impetusmta.core.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.impetusmta.api.console.Console;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class ConsoleServiceTest {
  private final ConsoleService console = new ConsoleService();
  private final Console.Session session = console.open("test");

  ConsoleServiceTest() {
    for (String name :
        List.of(
            "summary",
            "summary reset",
            "message details",
            "message fail",
            "message fail quiet",
            "ec_logger:ec_logger reopen logs",
            "reopen logs")) {
      console.addCommand(TestCommand.echo(name));
    }
  }

  static Stream<Arguments> lines() {
    return Stream.of(
        Arguments.of("", true, ""),
        Arguments.of("   ", true, ""),
        Arguments.of("summary", true, "summary \n"),
        Arguments.of("SUMMARY  x", true, "summary x\n"),
        Arguments.of("summary reset", true, "summary reset \n"),
        Arguments.of("Summary Reset now", true, "summary reset now\n"),
        Arguments.of("message fail 12", true, "message fail 12\n"),
        Arguments.of("message fail quiet 12", true, "message fail quiet 12\n"),
        Arguments.of("message fail \"a b\" c", true, "message fail a b|c\n"),
        Arguments.of("ec_logger:ec_logger reopen logs", true, "ec_logger:ec_logger reopen logs \n"),
        Arguments.of("message", false, "\"message\" goes on with: details, fail\n"),
        Arguments.of(
            "message detials 1",
            false,
            "unknown command \"message detials 1\"; did you mean message details?\n"),
        Arguments.of("sumary", false, "unknown command \"sumary\"; did you mean summary?\n"),
        Arguments.of(
            "message zzzzzzzz",
            false,
            "unknown command \"message zzzzzzzz\"; \"message\" goes on with: details, fail\n"),
        Arguments.of("zzz", false, "unknown command \"zzz\"; \"help\" lists the commands\n"),
        Arguments.of(
            "z\u001b[2J", false, "unknown command \"z\\x1B[2J\"; \"help\" lists the commands\n"),
        Arguments.of(
            "summary \"x", false, "the line ends inside a quotation or after a backslash\n"));
  }

  @ParameterizedTest
  @MethodSource("lines")
  void runsTheLongestMatch(String line, boolean ok, String text) {
    assertThat(session.execute(line)).isEqualTo(new Console.Answer(ok, text));
  }

  @Test
  void xmlIsForCommandsThatHaveIt() {
    console.addCommand(
        new ConsoleCommand() {
          @Override
          public String name() {
            return "give it";
          }

          @Override
          public String synopsis() {
            return "";
          }

          @Override
          public String summary() {
            return "gives it";
          }

          @Override
          public boolean hasXml() {
            return true;
          }

          @Override
          public void run(ConsoleInvocation invocation) {
            invocation.println(invocation.xml() + " " + invocation.arguments());
          }
        });
    assertThat(session.execute("give it a b").text()).isEqualTo("false [a, b]\n");
    assertThat(session.execute("XML give it a b"))
        .isEqualTo(new Console.Answer(true, "true [a, b]\n"));
    assertThat(session.execute("xml summary"))
        .isEqualTo(new Console.Answer(false, "\"summary\" has no XML form\n"));
    assertThat(session.execute("xml sumary").text()).contains("did you mean summary?");
    assertThat(session.complete("xml gi")).containsExactly("xml give");
  }

  @Test
  void followsServicesThatComeAndGo() {
    TestCommand first = TestCommand.of("twice", invocation -> invocation.println("first"));
    TestCommand second = TestCommand.of("twice", invocation -> invocation.println("second"));
    console.addCommand(first);
    console.addCommand(second);
    assertThat(session.execute("twice").text()).isEqualTo("first\n");
    console.removeCommand(first);
    assertThat(session.execute("twice").text()).isEqualTo("second\n");
    console.removeCommand(second);
    assertThat(session.execute("twice").ok()).isFalse();
  }

  @Test
  void tellsTheOperatorWhatFailed() {
    console.addCommand(
        TestCommand.of(
            "refuse",
            invocation -> {
              invocation.println("so far");
              throw new ConsoleException("no such domain: x.example");
            }));
    console.addCommand(
        TestCommand.of(
            "break",
            invocation -> {
              throw new IllegalStateException("bug");
            }));
    assertThat(session.execute("refuse"))
        .isEqualTo(new Console.Answer(false, "so far\nno such domain: x.example\n"));
    assertThat(session.execute("break"))
        .isEqualTo(
            new Console.Answer(
                false,
                "internal error in \"break\": java.lang.IllegalStateException: bug; the paniclog"
                    + " has the cause\n"));
  }

  @Test
  void showsControlCharacters() {
    console.addCommand(
        TestCommand.of(
            "dirty",
            invocation -> {
              invocation.println("tab\tesc\u001bcr\rdel\u007fcsi\u009bend");
              invocation.println("two\nlines ü 😀 \ud83d");
            }));
    assertThat(session.execute("dirty").text())
        .isEqualTo("tab\tesc\\x1Bcr\\x0Ddel\\x7Fcsi\\x9Bend\ntwo\nlines ü 😀 ?\n");
  }

  @Test
  void boundsTheOutput() {
    Transcript out = new Transcript(10);
    out.println("12345");
    out.println("67890");
    out.println("1");
    assertThat(out.text())
        .isEqualTo("12345\n(the output is too long: 2 more lines are not shown)\n");
  }

  @Test
  void keepsValuesForTheSession() {
    List<String> closed = new ArrayList<>();
    record Kept(String name, List<String> closed) implements AutoCloseable {
      @Override
      public void close() {
        closed.add(name);
      }
    }
    console.addCommand(
        TestCommand.of(
            "begin",
            invocation ->
                invocation.keep(Kept.class, new Kept(invocation.arguments().getFirst(), closed))));
    console.addCommand(
        TestCommand.of(
            "show",
            invocation ->
                invocation.println(invocation.kept(Kept.class).map(Kept::name).orElse("none"))));
    console.addCommand(TestCommand.of("drop", invocation -> invocation.forget(Kept.class)));
    try (Console.Session other = console.open("other")) {
      session.execute("begin one");
      other.execute("begin two");
      assertThat(session.execute("show").text()).isEqualTo("one\n");
      assertThat(other.execute("show").text()).isEqualTo("two\n");
      other.execute("drop");
      assertThat(other.execute("show").text()).isEqualTo("none\n");
    }
    session.close();
    assertThat(closed).containsExactly("one");
    assertThat(session.execute("show").ok()).isFalse();
  }

  @Test
  void namesSessionsApart() {
    console.addCommand(
        TestCommand.of("who", invocation -> invocation.println(invocation.session())));
    String first = session.execute("who").text();
    assertThat(session.execute("who").text()).isEqualTo(first).startsWith("test #");
    try (Console.Session other = console.open("test")) {
      assertThat(other.execute("who").text()).isNotEqualTo(first);
    }
  }

  @Test
  void completes() {
    console.addCommand(
        new TestCommand(
            "config get", "option", "x", invocation -> {}, List.of("idle_time", "a b", "x\u001b")));
    assertThat(session.complete("")).contains("summary", "message", "help", "config");
    assertThat(session.complete("mes")).containsExactly("message");
    assertThat(session.complete("MESSAGE d")).containsExactly("MESSAGE details");
    assertThat(session.complete("message fail ")).containsExactly("message fail quiet");
    assertThat(session.complete("config get i")).containsExactly("config get idle_time");
    assertThat(session.complete("config get "))
        .containsExactly("config get idle_time", "config get \"a b\"");
    assertThat(session.complete("help me")).containsExactly("help message");
    assertThat(session.complete("help message "))
        .containsExactly("help message details", "help message fail");
    assertThat(session.complete("zzz ")).isEmpty();
    assertThat(session.complete("config get \"a")).containsExactly("config get \"a b\"");
  }

  @Test
  void helps() {
    console.addCommand(
        new TestCommand(
            "message retry", "message_id", "try again now", invocation -> {}, List.of()));
    assertThat(session.execute("help").text())
        .contains("  help [command]")
        .contains("show help information for console commands\n")
        .contains("  message retry message_id")
        .contains("try again now\n");
    assertThat(session.execute("help message retry").text())
        .isEqualTo(
            """
            NAME
              message retry -- try again now

            SYNOPSIS
              message retry message_id
            """);
    assertThat(session.execute("help message").text().lines()).hasSize(4);
    assertThat(session.execute("help message fail").text())
        .contains("NAME\n  message fail -- does message fail\n")
        .contains("SEE ALSO\n  message fail quiet");
    assertThat(session.execute("help sumary"))
        .isEqualTo(
            new Console.Answer(
                false, "no command begins with \"sumary\"; did you mean summary?\n"));
  }
}
