package org.impetusmta.core.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.core.config.option.Words;

/**
 * The three capability sets of a Linux thread; bit n is capability n of linux/capability.h.
 * Immutable. Source: capabilities(7), cap_from_text(3), conf.ref.capabilities.
 *
 * @param effective what it may do now
 * @param permitted what it may make effective
 * @param inheritable what a program that it executes may get
 */
record Capabilities(long effective, long permitted, long inheritable) {
  static final Capabilities NONE = new Capabilities(0, 0, 0);

  /** By number, without the prefix cap_. */
  private static final List<String> NAMES =
      List.of(
          "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap"
              .concat(" linux_immutable net_bind_service net_broadcast net_admin net_raw ipc_lock")
              .concat(" ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin")
              .concat(" sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease")
              .concat(" audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm")
              .concat(" block_suspend audit_read perfmon bpf checkpoint_restore")
              .split(" "));

  /** The mask of every capability that has a name. */
  static final long ALL = (1L << NAMES.size()) - 1;

  /** The mask of one capability, {@code net_bind_service}. */
  static long mask(String name) {
    return 1L << NAMES.indexOf(name);
  }

  /**
   * Reads clauses like {@code cap_net_bind_service+ep cap_net_raw,cap_net_admin=p}. A clause names
   * capabilities (none or {@code all}: all of them) and does one thing or several to them: {@code
   * =} clears their flags and sets those that follow, {@code +} sets, {@code -} clears.
   *
   * @throws ConfigException when a name or flag is unknown; the message says what might be meant
   */
  static Capabilities parse(String text) throws ConfigException {
    long[] sets = new long[3];
    for (String clause : text.strip().split("\\s+")) {
      if (!clause.isEmpty()) {
        clause(clause, sets);
      }
    }
    return new Capabilities(sets[0], sets[1], sets[2]);
  }

  private static void clause(String clause, long[] sets) throws ConfigException {
    int operator = 0;
    while (operator < clause.length() && "=+-".indexOf(clause.charAt(operator)) < 0) {
      operator++;
    }
    if (operator == clause.length()) {
      throw new ConfigException(
          "\"%s\" says nothing to be done, expected %s+ep".formatted(clause, clause));
    }
    if (operator == 0 && clause.charAt(0) != '=') {
      throw new ConfigException("\"%s\" names no capability".formatted(clause));
    }
    long names = names(clause.substring(0, operator));
    int at = operator;
    while (at < clause.length()) {
      char action = clause.charAt(at++);
      if (action == '=') {
        apply(sets, "eip", names, false);
      }
      int from = at;
      while (at < clause.length() && "=+-".indexOf(clause.charAt(at)) < 0) {
        at++;
      }
      apply(sets, clause.substring(from, at), names, action != '-');
    }
  }

  private static void apply(long[] sets, String flags, long names, boolean set)
      throws ConfigException {
    for (int i = 0; i < flags.length(); i++) {
      char flag = flags.charAt(i);
      int which = "epi".indexOf(flag);
      if (which < 0) {
        throw new ConfigException("unknown flag \"%c\", expected e, p or i".formatted(flag));
      }
      sets[which] = set ? sets[which] | names : sets[which] & ~names;
    }
  }

  private static long names(String list) throws ConfigException {
    if (list.isEmpty()) {
      return ALL;
    }
    long mask = 0;
    for (String written : list.split(",", -1)) {
      String name = written.toLowerCase(Locale.ROOT);
      if (name.equals("all")) {
        mask |= ALL;
        continue;
      }
      int number = name.startsWith("cap_") ? NAMES.indexOf(name.substring(4)) : -1;
      if (number < 0) {
        List<String> known = new ArrayList<>();
        NAMES.forEach(one -> known.add("cap_" + one));
        throw new ConfigException(
            "unknown capability \"%s\"%s"
                .formatted(
                    written,
                    Words.nearest(name.startsWith("cap_") ? name : "cap_" + name, known)
                        .map(near -> "; did you mean " + near + "?")
                        .orElse(", expected one of capabilities(7)")));
      }
      mask |= 1L << number;
    }
    return mask;
  }

  boolean isEmpty() {
    return (effective | permitted | inheritable) == 0;
  }

  /** Whether there is nothing in these that {@code most} lacks. */
  boolean within(Capabilities most) {
    return (effective & ~most.effective) == 0
        && (permitted & ~most.permitted) == 0
        && (inheritable & ~most.inheritable) == 0;
  }

  /** The names of a mask, for messages. */
  static String names(long mask) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      if ((mask & 1L << i) != 0) {
        names.add(i < NAMES.size() ? "cap_" + NAMES.get(i) : Integer.toString(i));
      }
    }
    return String.join(",", names);
  }
}
