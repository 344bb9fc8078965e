package org.impetusmta.client;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jline.keymap.BindingReader;
import org.jline.keymap.KeyMap;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStyle;
import org.jline.utils.Display;
import org.jline.utils.InfoCmp.Capability;
import org.jline.utils.NonBlockingReader;
import org.jspecify.annotations.Nullable;

/**
 * The live view of {@code ec_console}: what the server's command {@code top} says, again and again,
 * and keys that choose, sort and go into rows. Single.
 */
final class TopView {
  /** Lines of {@code top} before its rows. */
  private static final int HEAD = 3;

  private static final List<String> SORTS =
      List.of("active", "delayed", "delivered", "failed", "name");
  private static final String KEYS =
      "d domains  b bindings  e errors  s sort  ENTER into  BACKSPACE out  +/- pace  SPACE pause "
          + " q quit";
  private static final long[] PACES = {1_000, 2_000, 5_000, 10_000, 30_000};

  private final Terminal terminal;
  private final Source source;
  private final BindingReader keyboard;
  private final KeyMap<Key> keys = new KeyMap<>();
  private final Deque<Place> outer = new ArrayDeque<>();
  private Place place = new Place("domains", "");
  private List<String> lines = List.of();
  private int selected;
  private int sort;
  private int pace;
  private boolean paused;
  private String trouble = "";

  /** Where the lines come from: a running server. */
  @FunctionalInterface
  interface Source {
    ControlConnection.Answer ask(String command) throws IOException;
  }

  /**
   * What is looked at.
   *
   * @param view the word behind {@code top}
   * @param within options that narrow it, or empty
   */
  private record Place(String view, String within) {}

  private enum Key {
    DOMAINS,
    BINDINGS,
    ERRORS,
    SORT,
    UP,
    DOWN,
    INTO,
    OUT,
    FASTER,
    SLOWER,
    PAUSE,
    QUIT
  }

  TopView(Terminal terminal, Source source) {
    this.terminal = terminal;
    this.source = source;
    this.keyboard = new BindingReader(terminal.reader());
    keys.setAmbiguousTimeout(100); // ESC alone, or the first octet of an arrow
    keys.bind(Key.DOMAINS, "d");
    keys.bind(Key.BINDINGS, "b");
    keys.bind(Key.ERRORS, "e");
    keys.bind(Key.SORT, "s");
    keys.bind(Key.UP, "k", "\033[A", "\033OA");
    keys.bind(Key.DOWN, "j", "\033[B", "\033OB");
    keys.bind(Key.INTO, "\r", "\n", "\033[C", "\033OC");
    keys.bind(Key.OUT, "\177", "\b", "\033", "\033[D", "\033OD");
    keys.bind(Key.FASTER, "+");
    keys.bind(Key.SLOWER, "-");
    keys.bind(Key.PAUSE, " ");
    keys.bind(Key.QUIT, "q", "\003", "\004");
  }

  /** Whether it can be drawn at all: the cursor must be movable. */
  static boolean fits(Terminal terminal) {
    return terminal.getStringCapability(Capability.cursor_address) != null;
  }

  /** Draws until somebody quits; afterwards the screen is as before. */
  void run() throws IOException {
    Attributes cooked = terminal.enterRawMode();
    // so that ^C is a key like others
    Attributes raw = terminal.getAttributes();
    raw.setLocalFlag(Attributes.LocalFlag.ISIG, false);
    terminal.setAttributes(raw);
    terminal.puts(Capability.enter_ca_mode);
    terminal.puts(Capability.cursor_invisible);
    try {
      Display display = new Display(terminal, true);
      @Nullable Key key = null;
      long next = 0;
      while (key != Key.QUIT) {
        long now = System.nanoTime() / 1_000_000;
        boolean pressed = key != null && key != Key.UP && key != Key.DOWN;
        if (pressed || next == 0 || now >= next) {
          if (!paused || (pressed && key != Key.PAUSE)) {
            refresh();
          }
          next = now + PACES[pace];
        }
        draw(display);
        key = key(Math.max(1, next - System.nanoTime() / 1_000_000));
        if (key != null) {
          press(key);
        }
      }
    } catch (InterruptedIOException e) {
      Thread.currentThread().interrupt();
    } finally {
      terminal.puts(Capability.cursor_visible);
      terminal.puts(Capability.exit_ca_mode);
      terminal.setAttributes(cooked);
      terminal.flush();
    }
  }

  /** The next key; null after {@code millis} without one; QUIT at the end of input. */
  private @Nullable Key key(long millis) throws IOException {
    int peeked = terminal.reader().peek(millis);
    if (peeked == NonBlockingReader.READ_EXPIRED) {
      return null;
    }
    if (peeked < 0) {
      return Key.QUIT;
    }
    return keyboard.readBinding(keys, null, true);
  }

  private void press(Key key) {
    switch (key) {
      case DOMAINS -> go(new Place("domains", ""));
      case BINDINGS -> go(new Place("bindings", ""));
      case ERRORS -> go(new Place("errors", ""));
      case SORT -> sort = (sort + 1) % SORTS.size();
      case UP -> selected = Math.max(0, selected - 1);
      case DOWN -> selected++;
      case INTO -> into();
      case OUT -> {
        if (!outer.isEmpty()) {
          place = outer.pop();
          selected = 0;
        }
      }
      case FASTER -> pace = Math.max(0, pace - 1);
      case SLOWER -> pace = Math.min(PACES.length - 1, pace + 1);
      case PAUSE -> paused = !paused;
      case QUIT -> {}
    }
  }

  private void go(Place to) {
    outer.clear();
    place = to;
    selected = 0;
  }

  /** Into the row that is chosen: from a binding to its domains, from a domain to its queues. */
  private void into() {
    int row = HEAD + selected;
    boolean innermost = place.view.equals("domains") && place.within.startsWith("-d");
    if (innermost || row >= lines.size()) {
      return;
    }
    String[] words = lines.get(row).strip().split("\\s+");
    Place inner =
        switch (place.view) {
          case "bindings" -> new Place("domains", "-b " + words[words.length - 1]);
          case "errors" -> words.length > 2 ? new Place("domains", "-d " + words[2]) : place;
          default -> new Place("domains", "-d " + words[words.length - 1]);
        };
    outer.push(place);
    place = inner;
    selected = 0;
  }

  private void refresh() {
    String command =
        "top %s --sort %s --limit %d %s"
            .formatted(
                place.view, SORTS.get(sort), Math.max(1, terminal.getHeight() - 6), place.within)
            .strip();
    try {
      ControlConnection.Answer answer = source.ask(command);
      if (answer.ok()) {
        lines = answer.text().lines().map(TopView::harmless).toList();
        trouble = "";
      } else {
        trouble = harmless(answer.text().strip());
      }
    } catch (IOException e) {
      trouble = harmless(EcConsole.reason(e));
    }
  }

  /** Without what a terminal would take for a command. */
  private static String harmless(String line) {
    return line.replaceAll("[\\p{Cntrl}\u0080-\u009f]", "?");
  }

  private void draw(Display display) {
    Size size = terminal.getSize();
    int width = Math.max(20, size.getColumns());
    int height = Math.max(5, size.getRows());
    display.resize(height, width);
    selected = Math.clamp(selected, 0, Math.max(0, lines.size() - HEAD - 1));
    List<AttributedString> screen = new ArrayList<>();
    for (int i = 0; i < lines.size() && i < height - 2; i++) {
      AttributedStyle style = AttributedStyle.DEFAULT;
      if (i == HEAD - 1) {
        style = style.bold();
      } else if (i == HEAD + selected) {
        style = style.inverse();
      }
      screen.add(line(lines.get(i), width, style));
    }
    while (screen.size() < height - 2) {
      screen.add(AttributedString.EMPTY);
    }
    String state =
        "%s%s by %s, each %d s%s%s"
            .formatted(
                place.view,
                place.within.isEmpty() ? "" : " " + place.within,
                SORTS.get(sort),
                PACES[pace] / 1_000,
                paused ? ", paused" : "",
                trouble.isEmpty() ? "" : " -- " + trouble);
    screen.add(line(state, width, AttributedStyle.BOLD));
    screen.add(line(KEYS, width, AttributedStyle.DEFAULT.faint()));
    display.update(screen, 0);
  }

  private static AttributedString line(String text, int width, AttributedStyle style) {
    return new AttributedString(text, style).columnSubSequence(0, width - 1);
  }
}
