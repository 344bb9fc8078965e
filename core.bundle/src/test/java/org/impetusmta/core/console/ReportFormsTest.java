package org.impetusmta.core.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.impetusmta.api.console.Console;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.api.console.Report;
import org.junit.jupiter.api.Test;

/** One report in its three forms, as the console prints it. */
final class ReportFormsTest {
  /** {@code x list}, with JSON. */
  private static final class Listing implements ConsoleCommand {
    @Override
    public String name() {
      return "x list";
    }

    @Override
    public String synopsis() {
      return "";
    }

    @Override
    public String summary() {
      return "";
    }

    @Override
    public boolean hasJson() {
      return true;
    }

    @Override
    public void run(ConsoleInvocation invocation) {
      Report report = new Report();
      report
          .figure("whole", 7, "Whole: %3d")
          .figure("part", 1 / 3.0, "Part: %.3f")
          .value("odd", Double.NaN)
          .value("yes", true)
          .value("words", List.of("<a>", "\"&\u0001\u009b\u00e4"))
          .line("rows:")
          .rows("none");
      report.row("rows").figure("n", 1L, "%d").part("inner").value("typed", invocation.text());
      report.row("rows").figure("n", 2L, "%d");
      invocation.print(report);
    }
  }

  private final Console.Session console = TestConsole.of(new Listing());

  @Test
  void text() {
    assertThat(console.execute("x list").text())
        .isEqualTo("Whole:   7\nPart: 0.333\nrows:\n1\n2\n");
  }

  @Test
  void json() {
    assertThat(console.execute("x list a --json 'b c'").text())
        .isEqualTo(
            """
            {"whole":7,"part":0.33,"odd":0.0,"yes":true,\
            "words":["<a>","\\"&\\u0001\\u009b\u00e4"],"none":[],\
            "rows":[{"n":1,"inner":{"typed":"a \\"b c\\""}},{"n":2}]}
            """);
  }

  @Test
  void xml() {
    assertThat(console.execute("xml x list").text())
        .isEqualTo(
            "<XList><whole>7</whole><part>0.33</part><odd>0.0</odd><yes>true</yes>"
                + "<words>&lt;a&gt;</words><words>&quot;&amp;?\\x9B\u00e4</words>"
                + "<rows><n>1</n><inner><typed></typed></inner></rows><rows><n>2</n></rows>"
                + "</XList>\n");
  }
}
