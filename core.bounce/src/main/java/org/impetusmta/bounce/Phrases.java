package org.impetusmta.bounce;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Phrases by their words, all of which are looked for in one walk over a text: a trie whose edges
 * are words or, written with {@code *} at the end, beginnings of words. {@code ..} stands for up to
 * {@value #GAP} other words. Read-only once built.
 */
final class Phrases {
  static final int GAP = 5;

  private final Node root = new Node();
  private final List<Integer> lengths = new ArrayList<>();

  private static final class Node {
    private final Map<String, Node> words = new HashMap<>();
    private final Map<String, Node> beginnings = new HashMap<>();
    private final TreeSet<Integer> beginningLengths = new TreeSet<>();
    private @Nullable Node gap;
    private int phrase = -1;
  }

  /** Gets what is found. */
  interface Found {
    /** A phrase is there: words {@code start} (inclusive) to {@code end} (exclusive). */
    void phrase(int phrase, int start, int end);
  }

  /**
   * Adds a phrase, and gives its number; the same for the same phrase.
   *
   * @throws IllegalArgumentException when it has no words
   */
  int add(String phrase) {
    Node node = root;
    int count = 0;
    for (String piece : phrase.strip().split("\\s+", -1)) {
      if (piece.equals("..")) {
        Node gap = node.gap == null ? new Node() : node.gap;
        node.gap = gap;
        node = gap;
        continue;
      }
      if (piece.endsWith("*")) {
        String beginning = piece.substring(0, piece.length() - 1).toLowerCase(Locale.ROOT);
        if (beginning.isEmpty()) {
          throw new IllegalArgumentException("\"*\" without a beginning of a word");
        }
        node.beginningLengths.add(beginning.length());
        node = node.beginnings.computeIfAbsent(beginning, b -> new Node());
        count++;
        continue;
      }
      for (String word : words(piece)) {
        node = node.words.computeIfAbsent(word, w -> new Node());
        count++;
      }
    }
    if (count == 0) {
      throw new IllegalArgumentException("\"" + phrase + "\": expected words");
    }
    if (node.phrase < 0) {
      node.phrase = lengths.size();
      lengths.add(count);
    }
    return node.phrase;
  }

  private static List<String> words(String piece) {
    if (piece.equals(Words.ADDRESS) || piece.equals(Words.IP)) {
      return List.of(piece);
    }
    if (piece.startsWith(".") && piece.indexOf('.', 1) < 0) {
      return List.of(piece.toLowerCase(Locale.ROOT)); // one label of a host name
    }
    return Words.of(piece);
  }

  /** How many phrases there are. */
  int count() {
    return lengths.size();
  }

  /** Finds every phrase in a text. */
  void find(List<String> text, Found found) {
    for (int i = 0; i < text.size(); i++) {
      walk(root, text, i, i, found);
    }
  }

  private static void walk(Node node, List<String> text, int start, int at, Found found) {
    if (node.phrase >= 0) {
      found.phrase(node.phrase, start, at);
    }
    if (at == text.size()) {
      return;
    }
    Node gap = node.gap;
    if (gap != null) {
      for (int next = at; next < text.size() && next <= at + GAP; next++) {
        walk(gap, text, start, next, found);
      }
    }
    String word = text.get(at);
    Node next = node.words.get(word);
    if (next != null) {
      walk(next, text, start, at + 1, found);
    }
    for (int length : node.beginningLengths) {
      if (length > word.length()) {
        break;
      }
      Node begun = node.beginnings.get(word.substring(0, length));
      if (begun != null) {
        walk(begun, text, start, at + 1, found);
      }
    }
  }
}
