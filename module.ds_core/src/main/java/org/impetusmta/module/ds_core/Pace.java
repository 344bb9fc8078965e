package org.impetusmta.module.ds_core;

import java.util.concurrent.TimeUnit;

/**
 * When the queries of a line go to the source. Where few come, each goes at once. Where many come
 * they wait for each other: until there are as many as can be asked together, or 2 ms have passed
 * since others went. Whether that is any good is tried for half a second, and tried anew every 10
 * s: not where few came together, nor where fewer came in all because those who ask wait for their
 * answers before they go on. Single: its line's lock guards it.
 */
final class Pace {
  private static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
  private static final long SPELL_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long TERM_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** Fewer together are not worth the wait. */
  private static final int FEW = 4;

  /** So many in a spell come four in the time that one may wait. */
  private static final long MANY = FEW * SPELL_NANOS / LONGEST_NANOS;

  private enum State {
    AT_ONCE,
    TRIAL,
    TOGETHER
  }

  private State state = State.AT_ONCE;

  /** Since when it is so, and when it is looked at next. */
  private long term;

  private long spell;
  private long came;
  private long statements;

  /** How many came in a spell when each went at once. */
  private long usual;

  private long went;

  Pace(long now) {
    term = now;
    spell = now;
    went = now - LONGEST_NANOS;
  }

  /**
   * Another query is in the line.
   *
   * @param together how many can be asked together
   */
  void came(long now, int together) {
    if (now - spell >= SPELL_NANOS) {
      long inSpell = came * SPELL_NANOS / (now - spell);
      State before = state;
      state = next(now, inSpell, together);
      if (before == State.AT_ONCE) {
        usual = inSpell;
      } else if (before == State.TRIAL) {
        term = now + TERM_NANOS;
      }
      spell = now;
      came = 0;
      statements = 0;
    }
    came++;
  }

  private State next(long now, long inSpell, int together) {
    boolean many = inSpell >= MANY && together >= FEW;
    boolean over = now - term >= 0;
    return switch (state) {
      case AT_ONCE -> many && over ? State.TRIAL : State.AT_ONCE;
      case TRIAL ->
          inSpell >= usual / 2 && came >= FEW * statements ? State.TOGETHER : State.AT_ONCE;
      case TOGETHER -> many && !over ? State.TOGETHER : State.AT_ONCE;
    };
  }

  /** Whether each goes at once. */
  boolean atOnce() {
    return state == State.AT_ONCE;
  }

  /** For how long those that wait go on waiting, nanoseconds; not above 0: they go. */
  long left(long now, int waiting, int together) {
    return waiting >= together ? 0 : went + LONGEST_NANOS - now;
  }

  /** Those that waited go. */
  void went(long now) {
    went = now;
  }

  /** A statement is asked, for however many of them. */
  void asked() {
    statements++;
  }
}
