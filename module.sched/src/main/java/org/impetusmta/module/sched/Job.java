package org.impetusmta.module.sched;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.auth.AuthParameters;
import org.impetusmta.api.console.Operator;

/**
 * A command and when it is due. Immutable.
 *
 * @param id {@code HOSTNAME-NUMBER}, nine digits
 * @param next seconds since 1970
 * @param every seconds between runs; 0: once
 * @param owner who scheduled it
 */
record Job(String id, long next, long every, Owner owner, String command) {
  private static final int FIELDS = 8;

  /**
   * Who scheduled it, as far as that outlives the session.
   *
   * @param roles the URI of the source of roles; empty: none
   */
  record Owner(String listener, String user, boolean restricted, String roles) {
    static Owner of(Operator operator) {
      return new Owner(
          operator.listener(),
          operator.name().get(),
          operator.restricted(),
          operator.roles().flatMap(AuthParameters::uri).map(Object::toString).orElse(""));
    }

    Operator operator() {
      Optional<AuthParameters> source =
          roles.isEmpty()
              ? Optional.empty()
              : Optional.of(AuthParameters.parse(Map.of("uri", roles)));
      return new Operator(listener, "", () -> user, restricted, source);
    }
  }

  /** The same job, due at another time. */
  Job at(long time) {
    return new Job(id, time, every, owner, command);
  }

  /** The first time after {@code now} that it is due again. */
  long after(long now) {
    return next + Math.max(1, Math.floorDiv(now - next, every) + 1) * every;
  }

  /** A line without its end: the parts between TABs, a backslash before what could be one. */
  String line() {
    List<String> parts = new ArrayList<>();
    for (String part :
        List.of(
            id,
            Long.toString(next),
            Long.toString(every),
            owner.listener(),
            owner.user(),
            owner.restricted() ? "y" : "n",
            owner.roles(),
            command)) {
      parts.add(part.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n"));
    }
    return String.join("\t", parts);
  }

  /**
   * Reads a line.
   *
   * @throws IllegalArgumentException when it is none
   */
  static Job parse(String line) {
    String[] parts = line.split("\t", -1);
    if (parts.length != FIELDS || !(parts[5].equals("y") || parts[5].equals("n"))) {
      throw new IllegalArgumentException("no job: " + line);
    }
    for (int i = 0; i < FIELDS; i++) {
      parts[i] = unescaped(parts[i]);
    }
    Owner owner = new Owner(parts[3], parts[4], parts[5].equals("y"), parts[6]);
    Job job =
        new Job(parts[0], Long.parseLong(parts[1]), Long.parseLong(parts[2]), owner, parts[7]);
    owner.operator(); // refuses roles that are no URI
    return job;
  }

  private static String unescaped(String part) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < part.length(); i++) {
      char c = part.charAt(i);
      if (c == '\\' && i + 1 < part.length()) {
        c = part.charAt(++i);
        c = c == 't' ? '\t' : c == 'n' ? '\n' : c;
      }
      text.append(c);
    }
    return text.toString();
  }
}
