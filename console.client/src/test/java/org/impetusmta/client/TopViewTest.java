package org.impetusmta.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.ExternalTerminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The live view at a terminal that is none: keys in, questions to the server and a screen out. */
@Timeout(30)
final class TopViewTest {
  private static final String ANSWER =
      """
      10:00:00 up 0 d 00:00:09   queued 3: 3 active, 0 delayed   connections 0 in, 1 out
      a second: 1.0 received, 0.5 delivered, 0.0 failed, 0.0 rejected (of 1.0 s)
        ACTIVE  DELAYED   CONN     DLV/s    FAIL/s   DELIVERED    FAILED  NAME
             2        0      1       0.5       0.0           9         0  first.example
             1        0      0       0.0       0.0           1         0  second.example
      """;

  private final List<String> asked = new ArrayList<>();

  /** Types keys, the last of which must end the view, and returns what was drawn. */
  private String type(String keys, TopView.Source source) throws IOException {
    ByteArrayOutputStream screen = new ByteArrayOutputStream();
    // without a pty, whose pump would be later than the test
    try (Terminal terminal =
        new ExternalTerminal(
            "test", "xterm", new ByteArrayInputStream(keys.getBytes(UTF_8)), screen, UTF_8)) {
      terminal.setSize(new Size(100, 24));
      assertThat(TopView.fits(terminal)).isTrue();
      new TopView(terminal, source).run();
    }
    return screen.toString(UTF_8);
  }

  private ControlConnection.Answer answer(String command) {
    asked.add(command);
    return new ControlConnection.Answer(true, ANSWER);
  }

  @Test
  void drawsWhatTheServerSays() throws Exception {
    String screen = type("q", this::answer);
    assertThat(asked).containsExactly("top domains --sort active --limit 18");
    assertThat(screen)
        .contains("queued 3: 3 active", "first.example", "second.example", "q quit")
        .contains("\u001b[?1049l");
  }

  @Test
  void goesIntoRowsAndOut() throws Exception {
    type("\u001b[B\r\r\u007fbj\rq", this::answer);
    assertThat(asked)
        .containsExactly(
            "top domains --sort active --limit 18",
            "top domains --sort active --limit 18 -d second.example",
            "top domains --sort active --limit 18 -d second.example", // no further in
            "top domains --sort active --limit 18",
            "top bindings --sort active --limit 18",
            "top domains --sort active --limit 18 -b second.example");
  }

  @Test
  void sortsAndPauses() throws Exception {
    String screen = type("s+- q", this::answer);
    assertThat(asked.get(1)).isEqualTo("top domains --sort delayed --limit 18");
    assertThat(screen).contains(", paused");
  }

  @Test
  void whatTheNetworkSaysDoesNotSteerTheTerminal() throws Exception {
    String screen =
        type("eq", command -> new ControlConnection.Answer(true, ANSWER + "evil\u001b]0;x\u0007"));
    assertThat(screen).contains("evil?]0;x?").doesNotContain("\u001b]0;");
  }

  @Test
  void aServerThatIsGoneIsSaidAndAskedAgain() throws Exception {
    String screen =
        type(
            "dq",
            command -> {
              asked.add(command);
              throw new IOException("the server closed the connection");
            });
    assertThat(asked).hasSize(2);
    assertThat(screen).contains("the server closed the connection");
  }
}
