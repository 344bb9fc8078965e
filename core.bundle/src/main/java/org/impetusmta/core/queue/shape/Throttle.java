package org.impetusmta.core.queue.shape;

import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.impetusmta.api.config.Generation.Origin;
import org.impetusmta.api.config.Rate;
import org.impetusmta.api.scheduler.EventLoop;

/**
 * The one bucket of a scope that says a throttle, shared by all queues whose options fall back to
 * it, on whatever loops. Those that found it empty stand in line; one timer calls as many of them
 * as departures are free, first come first served, at the moment they are. Nobody passes the line.
 * Who is called and does not use it costs the others {@value #UNUSED_MILLIS} ms at most.
 *
 * <p>A change of the configuration changes its rate; what left before still counts. Concurrent, no
 * locks. Source: conf.ref.outbound_throttle_messages, conf.ref.inbound_throttle_messages.
 */
public final class Throttle {
  /** What is counted. */
  public enum Kind {
    MESSAGES("outbound_throttle_messages"),
    CONNECTIONS("outbound_throttle_connections"),
    RECEPTIONS("inbound_throttle_messages");

    private final String option;

    Kind(String option) {
      this.option = option;
    }

    /** The option's name. */
    public String option() {
      return option;
    }
  }

  private static final long UNUSED_MILLIS = 1_000;

  private final Kind kind;
  private final Origin origin;
  private final InstantSource clock;
  private final ConcurrentLinkedQueue<Place> line = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();

  /** The timer that is set, told from those before it; 0: none. */
  private final AtomicLong armed = new AtomicLong();

  private final AtomicLong timers = new AtomicLong();
  private volatile Departures departures;
  private volatile long generation;

  Throttle(Kind kind, Origin origin, Rate rate, long generation, InstantSource clock) {
    this.kind = kind;
    this.origin = origin;
    this.clock = clock;
    this.departures = new Departures(rate, clock.millis());
    this.generation = generation;
  }

  /** Takes over what a newer generation says; called by one thread at a time. */
  void follow(Rate rate, long newer) {
    if (newer > generation) {
      generation = newer;
      if (!departures.rate().equals(rate)) {
        departures = departures.withRate(rate, clock.millis());
        Place first = line.peek();
        if (first != null) {
          armed.set(0);
          arm(0, 0, first.loop);
        }
      }
    }
  }

  /** The generation that it was asked for last. */
  long generation() {
    return generation;
  }

  /** Whether forgetting it would lose nothing. */
  boolean untouched() {
    return line.isEmpty() && departures.untouched(clock.millis());
  }

  public Kind kind() {
    return kind;
  }

  /** The scope that it belongs to, as it is typed at the console. */
  public String scope() {
    return origin.scope();
  }

  public Rate rate() {
    return departures.rate();
  }

  /** Departures of the last period. */
  public int used(long now) {
    return departures.used(now);
  }

  /** When the next departure is possible, now or later. */
  public long freeAt(long now) {
    return departures.freeAt(now, 1);
  }

  /** How many stand in line. */
  public int waiting() {
    return waiting.get();
  }

  /** Whether somebody who does not stand in line could take something; changes nothing. */
  public boolean open(long now) {
    return line.isEmpty() && departures.free(now, 1) > 0;
  }

  /**
   * The place of one who takes departures.
   *
   * @param loop the loop that it is called on
   * @param turn what is run there when it may try again
   */
  public Place place(EventLoop loop, Runnable turn) {
    return new Place(loop, turn);
  }

  private void arm(long at, long now, EventLoop loop) {
    long timer = timers.incrementAndGet();
    if (armed.compareAndSet(0, timer)) {
      loop.schedule(() -> fire(timer, loop), Duration.ofMillis(Math.max(1, at - now)));
    }
  }

  /** Calls as many as departures are free. */
  private void fire(long timer, EventLoop loop) {
    if (!armed.compareAndSet(timer, 0)) {
      return; // another has taken its place
    }
    long now = clock.millis();
    Departures known = departures;
    int free = known.free(now, waiting.get());
    int called = 0;
    while (called < free) {
      Place first = line.poll();
      if (first == null) {
        break;
      }
      if (first.call()) {
        called++;
      }
    }
    if (!line.isEmpty()) {
      long at = known.freeAt(now, called + 1);
      arm(called > 0 ? Math.min(at, now + UNUSED_MILLIS) : at, now, loop);
    }
  }

  /** State of a place: it takes what there is while nobody stands in line. */
  private static final int FREE = 0;

  /** State of a place: it stands in line. */
  private static final int WAITING = 1;

  /** State of a place: it may take although others stand in line. */
  private static final int CALLED = 2;

  /** One user of the throttle. Single: belongs to its loop, but for being called. */
  public final class Place {
    private final EventLoop loop;
    private final Runnable turn;
    private final AtomicBoolean inLine = new AtomicBoolean();
    private final AtomicInteger state = new AtomicInteger(FREE);

    private Place(EventLoop loop, Runnable turn) {
      this.loop = loop;
      this.turn = turn;
    }

    public Throttle throttle() {
      return Throttle.this;
    }

    /**
     * How many departures it may take now, counted no further than {@code most}; one that may take
     * none stands in line from here on.
     */
    public int may(long now, int most) {
      return switch (state.get()) {
        case WAITING -> 0;
        case CALLED -> {
          int free = departures.free(now, line.isEmpty() ? most : 1);
          if (free == 0) {
            join(now);
          }
          yield free;
        }
        default -> {
          int free = line.isEmpty() ? departures.free(now, most) : 0;
          if (free == 0) {
            join(now);
          }
          yield free;
        }
      };
    }

    /** Whether it could take a departure now; changes nothing. */
    public boolean open(long now) {
      return switch (state.get()) {
        case WAITING -> false;
        case CALLED -> departures.free(now, 1) > 0;
        default -> Throttle.this.open(now);
      };
    }

    /** Takes one departure; false where it stands in line instead. */
    public boolean take(long now) {
      int known = state.get();
      if (known == WAITING) {
        return false;
      }
      if ((known == CALLED || line.isEmpty()) && departures.take(now)) {
        state.set(FREE);
        return true;
      }
      join(now);
      return false;
    }

    /** Whether it stands in line. */
    public boolean waits() {
      return state.get() == WAITING;
    }

    /** How many stand before it, for the console. */
    public int ahead() {
      int ahead = 0;
      for (Place other : line) {
        if (other == this) {
          return ahead;
        }
        ahead += other.waits() ? 1 : 0;
      }
      return ahead;
    }

    private void join(long now) {
      state.set(WAITING);
      if (inLine.compareAndSet(false, true)) {
        waiting.incrementAndGet();
        line.add(this);
      }
      if (armed.get() == 0) {
        arm(departures.freeAt(now, 1), now, loop);
      }
    }

    /** It wants nothing any more. */
    public void leave() {
      state.set(FREE);
    }

    /** Its turn has come; false where it has left. */
    private boolean call() {
      inLine.set(false);
      waiting.decrementAndGet();
      if (!state.compareAndSet(WAITING, CALLED)) {
        return false;
      }
      loop.execute(turn);
      return true;
    }
  }
}
