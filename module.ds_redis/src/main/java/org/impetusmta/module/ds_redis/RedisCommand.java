package org.impetusmta.module.ds_redis;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.Query;
import org.impetusmta.api.datasource.QueryTemplate;

/**
 * A command and its arguments: words between blanks, or in double quotes. Values come into the
 * words afterwards, for {@code $name} anywhere in a word and for {@code ?} as a word, so that none
 * of them is ever more than a part of one argument. Immutable.
 *
 * @param name in capitals
 */
record RedisCommand(String name, List<String> arguments) {
  /** What only reads, and answers at once. */
  private static final Set<String> READING =
      Set.of(
          "EXISTS",
          "GET",
          "GETRANGE",
          "HEXISTS",
          "HGET",
          "HGETALL",
          "HKEYS",
          "HLEN",
          "HMGET",
          "HVALS",
          "LINDEX",
          "LLEN",
          "LPOS",
          "LRANGE",
          "MGET",
          "PING",
          "PTTL",
          "SCARD",
          "SISMEMBER",
          "SMEMBERS",
          "SMISMEMBER",
          "STRLEN",
          "TTL",
          "TYPE",
          "ZCARD",
          "ZCOUNT",
          "ZMSCORE",
          "ZRANGE",
          "ZRANGEBYSCORE",
          "ZRANK",
          "ZSCORE");

  /**
   * Reads a query.
   *
   * @throws DatasourceException where it is no command, or a value is missing or one too many
   */
  static RedisCommand of(Query query) throws DatasourceException {
    List<String> words = words(query.text());
    if (words.isEmpty() || !words.getFirst().matches("[A-Za-z]+")) {
      throw new DatasourceException("expected a command of Redis, such as GET user:$user");
    }
    List<String> arguments = new ArrayList<>();
    int position = 0;
    for (String word : words.subList(1, words.size())) {
      if (word.equals("?")) {
        if (position >= query.positional().size()) {
          throw new DatasourceException("the query has more of ? than there are values");
        }
        arguments.add(query.positional().get(position++));
      } else {
        arguments.add(QueryTemplate.fill(word, query.named(), UnaryOperator.identity()));
      }
    }
    if (position < query.positional().size()) {
      throw new DatasourceException("the query has less of ? than there are values");
    }
    return new RedisCommand(words.getFirst().toUpperCase(Locale.ROOT), List.copyOf(arguments));
  }

  /**
   * This command.
   *
   * @throws DatasourceException where it changes something, or may wait
   */
  RedisCommand requireReading() throws DatasourceException {
    if (!READING.contains(name)) {
      throw new DatasourceException(name + " is no query: expected a command that only reads");
    }
    return this;
  }

  private static List<String> words(String text) throws DatasourceException {
    List<String> words = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      if (Character.isWhitespace(text.charAt(at))) {
        at++;
        continue;
      }
      StringBuilder word = new StringBuilder();
      boolean quoted = text.charAt(at) == '"';
      at += quoted ? 1 : 0;
      while (at < text.length()
          && (quoted ? text.charAt(at) != '"' : !Character.isWhitespace(text.charAt(at)))) {
        if (quoted && text.charAt(at) == '\\' && at + 1 < text.length()) {
          at++;
        }
        word.append(text.charAt(at++));
      }
      if (quoted && at++ >= text.length()) {
        throw new DatasourceException("a word of the query has no quote at its end");
      }
      words.add(word.toString());
    }
    return words;
  }
}
