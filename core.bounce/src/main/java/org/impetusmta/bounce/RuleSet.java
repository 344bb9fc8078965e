package org.impetusmta.bounce;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.bounce.BounceClass;
import org.impetusmta.api.bounce.Classified;
import org.impetusmta.api.delivery.Stage;

/**
 * Rules, one a line, the first that matches wins:
 *
 * <pre>
 * code  status  words  # where it is from
 * $name = words        a list of phrases that rules mention as $name
 * </pre>
 *
 * <p>{@code status} is a {@link StatusPattern}. {@code words} are lists of {@link Phrases}, {@code
 * a|b c|d*|e .. f}, joined by {@code >>} (follows within {@value #NEAR} words), {@code &} (is there
 * too, anywhere) and, in front of a list, {@code !} (none of it is there); or {@code -}: whatever
 * the words. The text is read as {@link Words}.
 *
 * <p>A reply is walked over once, for the phrases of all rules; only rules whose first list was
 * found are looked at. No expression backtracks. Read-only.
 */
final class RuleSet {
  /** How many words may stand between two that belong together. */
  static final int NEAR = 9;

  private final Phrases phrases = new Phrases();

  /** By phrase: the lists that it is in. */
  private final List<List<Integer>> listsOf = new ArrayList<>();

  private final Map<List<Integer>, Integer> lists = new HashMap<>();
  private final List<Rule> rules = new ArrayList<>();

  /** By list: the rules that begin with it. */
  private final Map<Integer, BitSet> beginningWith = new HashMap<>();

  /** Rules without words. */
  private final BitSet wordless = new BitSet();

  /** Each part of {@code all} is a chain of lists in order. */
  private record Rule(
      BounceClass bounceClass,
      StatusPattern status,
      List<List<Integer>> all,
      List<Integer> none,
      String text) {}

  /**
   * Reads rules.
   *
   * @throws IllegalArgumentException when a line cannot be read; says which
   */
  static RuleSet parse(List<String> lines) {
    RuleSet set = new RuleSet();
    Map<String, String> names = new HashMap<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      int comment = line.startsWith("#") ? 0 : line.indexOf(" #");
      String rule = (comment < 0 ? line : line.substring(0, comment)).strip();
      if (rule.isEmpty()) {
        continue;
      }
      try {
        if (rule.startsWith("$")) {
          int equals = rule.indexOf('=');
          if (equals < 0) {
            throw new IllegalArgumentException("expected $name = words");
          }
          names.put(rule.substring(0, equals).strip(), expand(rule.substring(equals + 1), names));
        } else {
          set.add(rule, names);
        }
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("line " + (i + 1) + ": " + e.getMessage(), e);
      }
    }
    return set;
  }

  private static String expand(String words, Map<String, String> names) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < words.length(); i++) {
      if (words.charAt(i) != '$') {
        text.append(words.charAt(i));
        continue;
      }
      int end = i + 1;
      while (end < words.length() && Character.isLetterOrDigit(words.charAt(end))) {
        end++;
      }
      String value = names.get(words.substring(i, end));
      if (value == null) {
        throw new IllegalArgumentException("unknown " + words.substring(i, end));
      }
      text.append(value);
      i = end - 1;
    }
    return text.toString().strip();
  }

  private void add(String rule, Map<String, String> names) {
    String[] cells = rule.split("\\s+", 3);
    if (cells.length < 3) {
      throw new IllegalArgumentException("expected a code, a status and words");
    }
    BounceClass bounceClass =
        BounceClass.of(Integer.parseInt(cells[0]))
            .orElseThrow(() -> new IllegalArgumentException("unknown code " + cells[0]));
    List<List<Integer>> all = new ArrayList<>();
    List<Integer> none = new ArrayList<>();
    if (!cells[2].equals("-")) {
      for (String part : expand(cells[2], names).split("&", -1)) {
        boolean not = part.strip().startsWith("!");
        List<Integer> chain = new ArrayList<>();
        for (String list : part.replaceFirst("!", "").split(">>", -1)) {
          chain.add(list(list));
        }
        if (not) {
          none.addAll(chain);
        } else {
          all.add(chain);
        }
      }
      if (all.isEmpty()) {
        throw new IllegalArgumentException("expected words that are there");
      }
    }
    int index = rules.size();
    rules.add(new Rule(bounceClass, StatusPattern.parse(cells[1]), all, none, rule));
    if (all.isEmpty()) {
      wordless.set(index);
    } else {
      beginningWith.computeIfAbsent(all.getFirst().getFirst(), l -> new BitSet()).set(index);
    }
  }

  private int list(String text) {
    List<Integer> numbers = new ArrayList<>();
    for (String phrase : text.split("\\|", -1)) {
      numbers.add(phrases.add(phrase));
    }
    Integer known = lists.get(numbers);
    if (known != null) {
      return known;
    }
    int number = lists.size();
    lists.put(numbers, number);
    while (listsOf.size() < phrases.count()) {
      listsOf.add(new ArrayList<>(1));
    }
    for (int phrase : numbers) {
      if (!listsOf.get(phrase).contains(number)) {
        listsOf.get(phrase).add(number);
      }
    }
    return number;
  }

  /** How many rules there are. */
  int size() {
    return rules.size();
  }

  /**
   * The class of a reply.
   *
   * @param code its reply code
   * @param enhanced its enhanced status code; empty: the first in the text that fits the code
   * @return empty where no rule matches
   */
  Optional<Classified> classify(int code, String enhanced, Stage stage, String text) {
    List<String> words = Words.of(text);
    Places places = new Places(lists.size());
    phrases.find(
        words,
        (phrase, start, end) -> {
          for (int list : listsOf.get(phrase)) {
            places.add(list, start, end);
          }
        });
    String status = enhanced.isEmpty() ? statusIn(words, code) : enhanced;
    BitSet candidates = (BitSet) wordless.clone();
    BitSet found = places.found();
    for (int list = found.nextSetBit(0); list >= 0; list = found.nextSetBit(list + 1)) {
      BitSet begun = beginningWith.get(list);
      if (begun != null) {
        candidates.or(begun);
      }
    }
    for (int i = candidates.nextSetBit(0); i >= 0; i = candidates.nextSetBit(i + 1)) {
      Rule rule = rules.get(i);
      if (rule.status.matches(code, status, stage) && places.match(rule.all, rule.none)) {
        return Optional.of(new Classified(rule.bounceClass, rule.text));
      }
    }
    return Optional.empty();
  }

  private static String statusIn(List<String> words, int code) {
    for (String word : words) {
      if (word.length() >= 5
          && word.charAt(0) == '0' + code / 100
          && word.matches("[245]\\.\\d{1,3}\\.\\d{1,3}")) {
        return word;
      }
    }
    return "";
  }
}
