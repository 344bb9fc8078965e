package org.impetusmta.module.ds_core;

import java.util.concurrent.TimeUnit;

/**
 * When the queries of a line go to the source. Where few come, each goes at once. Where many come
 * they wait for each other: until there are as many as can be asked together, or 5 ms have passed
 * since others went. Whether that is any good is tried for a second: not where few come together,
 * nor where fewer come in all because those who ask wait for their answers before they go on. It is
 * tried anew after 10 s where it was not, and where it was after a minute or when the next rush
 * begins. Single: its line's lock guards it.
 */
final class Pace {
  private static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long SPELL_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** Until it is tried anew where it was no good, and where it was. */
  private static final long BAD_TERM_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final long GOOD_TERM_NANOS = TimeUnit.SECONDS.toNanos(60);

  /** Fewer together are not worth the wait. */
  private static final int FEW = 4;

  /** So many in a spell are a rush: 2,000 a second, ten in the time that one may wait. */
  private static final long MANY = 10 * SPELL_NANOS / LONGEST_NANOS;

  private enum State {
    AT_ONCE,
    /** Those who ask find their step; then what comes is looked at. */
    SETTLING,
    TRIAL,
    TOGETHER
  }

  private State state = State.AT_ONCE;

  /** When it is tried next, or tried anew. */
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
      boolean many = inSpell >= MANY && together >= FEW;
      boolean over = now - term >= 0;
      boolean worth = came >= FEW * statements;
      switch (state) {
        case AT_ONCE -> {
          usual = inSpell;
          state = many && over ? State.SETTLING : State.AT_ONCE;
        }
        case SETTLING -> state = State.TRIAL;
        case TRIAL -> {
          boolean good = worth && 4 * inSpell >= 3 * usual;
          state = good ? State.TOGETHER : State.AT_ONCE;
          term = now + (good ? GOOD_TERM_NANOS : BAD_TERM_NANOS);
        }
        case TOGETHER -> {
          if (many && !worth) {
            state = State.AT_ONCE;
            term = now + BAD_TERM_NANOS;
          } else if (!many || over) {
            state = State.AT_ONCE;
            term = now;
          }
        }
      }
      spell = now;
      came = 0;
      statements = 0;
    }
    came++;
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
