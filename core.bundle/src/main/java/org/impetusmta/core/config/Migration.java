package org.impetusmta.core.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;

/**
 * Turns the text of one configuration file from the 2.x form into the modern one. Everything that
 * is modern already stays to the byte, includes and comments too; a statement of the 2.x form is
 * replaced where it stands, the comments inside it go before it. The result is read again: it is
 * modern throughout and means the same, or there is none. Immutable. Source:
 * executable.ec_migrate_conf.
 *
 * @param text in the modern form
 * @param notes what was changed, one line each
 */
record Migration(String text, List<String> notes) {
  /**
   * @param file the name of the text, for messages
   * @throws ConfigException when the text is no configuration, or says what has no modern form
   */
  static Migration of(String file, String text) throws ConfigException {
    List<LegacyForm.Rewriting> rewritings = new ArrayList<>();
    ConfigScope old = read(file, text, new LegacyForm(rewritings::add));
    int[] lines = lines(text);
    StringBuilder out = new StringBuilder();
    int done = 0;
    for (LegacyForm.Rewriting rewriting : rewritings) {
      int from = offset(lines, rewriting.from());
      int to = offset(lines, rewriting.to());
      if (from == to) {
        continue; // a note
      }
      out.append(text, done, from);
      String replaced = text.substring(from, to);
      String indent = indent(text, lines[rewriting.from().line() - 1], from);
      for (String comment : comments(replaced)) {
        out.append(comment).append('\n').append(indent);
      }
      String modern = rewriting.modern();
      boolean whole = modern.endsWith("\n");
      out.append(whole ? modern.strip().replace("\n", "\n" + indent) : modern);
      done = to;
    }
    String modern = out.append(text, done, text.length()).toString();
    requireSame(file, modern, old);
    return new Migration(modern, rewritings.stream().map(LegacyForm.Rewriting::note).toList());
  }

  private static void requireSame(String file, String modern, ConfigScope old)
      throws ConfigException {
    List<LegacyForm.Rewriting> left = new ArrayList<>();
    ConfigScope now = read(file + " in the modern form", modern, new LegacyForm(left::add));
    if (!left.isEmpty() || !now.equals(old)) {
      throw new ConfigException(
          "%s: the modern form that was made of it means something else%s; it is not printed"
              .formatted(
                  file, Optional.of(left).filter(l -> !l.isEmpty()).map(l -> ": " + l).orElse("")));
    }
  }

  private static ConfigScope read(String file, String text, LegacyForm legacy)
      throws ConfigException {
    return ConfigParser.ofOneFile(legacy).parse(file, text).root();
  }

  /** Where the lines begin; a byte order mark is before the first. */
  private static int[] lines(String text) {
    List<Integer> starts = new ArrayList<>();
    starts.add(text.startsWith("\uFEFF") ? 1 : 0);
    for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) {
      starts.add(end + 1);
    }
    return starts.stream().mapToInt(Integer::intValue).toArray();
  }

  private static int offset(int[] lines, Position at) {
    return lines[at.line() - 1] + at.column() - 1;
  }

  /** The blanks that the line begins with; none if something else stands before the statement. */
  private static String indent(String text, int line, int from) {
    String before = text.substring(line, from);
    return before.isBlank() ? before : "";
  }

  /** The comments of a text, each from its sign to its end. */
  private static List<String> comments(String text) {
    List<String> comments = new ArrayList<>();
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      int end = i + 1;
      if (c == '#') {
        int newline = text.indexOf('\n', i);
        end = newline < 0 ? text.length() : newline;
        comments.add(text.substring(i, end).strip());
      } else if (text.startsWith("/*", i)) {
        end = text.indexOf("*/", i + 2) + 2;
        comments.add(text.substring(i, end));
      } else if (c == '"' || c == '\'') {
        while (text.charAt(end) != c) {
          boolean escape =
              text.charAt(end) == '\\'
                  && (text.charAt(end + 1) == c || text.charAt(end + 1) == '\\');
          end += escape ? 2 : 1;
        }
        end++;
      }
      i = end;
    }
    return comments;
  }
}
