package org.impetusmta.audit;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.impetusmta.api.config.Cidr;

/**
 * How many things that last (connections) each address has now. Addresses that have none any more
 * are forgotten a table at a time. Concurrent; takes no lock but when a table is begun.
 */
public final class AddressGauge {
  private static final int LARGE = 50_000;

  private final List<Tables> tables = new CopyOnWriteArrayList<>(List.of(new Tables()));

  /** What began since some time. */
  private static final class Tables {
    final Budget budget = Budget.of(WindowedSeries.MOST_ENTRIES);
    final AddressCounts ipv4 = new AddressCounts(false, budget);
    final AddressCounts ipv6 = new AddressCounts(true, budget);
    final AtomicLong open = new AtomicLong();

    AddressCounts of(Cidr address) {
      return address.ipv6() ? ipv6 : ipv4;
    }

    boolean mostlyOver() {
      return budget.used() > LARGE && open.get() < budget.used() / 8;
    }
  }

  /** Something that lasts until it is closed. */
  public final class Ticket {
    private final Tables in;
    private final Cidr address;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Ticket(Tables in, Cidr address) {
      this.in = in;
      this.address = address;
    }

    /** It is over. */
    public void close() {
      if (closed.compareAndSet(false, true)) {
        boolean _ = in.of(address).add(new KeyCounts.Block(address), -1);
        if (in.open.decrementAndGet() == 0 && in != tables.getLast()) {
          forget(in);
        }
      }
    }
  }

  /** Something begins. */
  public Ticket open(Cidr address) {
    while (true) {
      Tables newest = tables.getLast();
      newest.open.incrementAndGet();
      if (!tables.contains(newest)) {
        continue; // it was forgotten in between
      }
      boolean _ = newest.of(address).add(new KeyCounts.Block(address), 1);
      if (newest.mostlyOver()) {
        begin(newest);
      }
      return new Ticket(newest, address);
    }
  }

  private synchronized void begin(Tables after) {
    if (tables.getLast() == after) {
      tables.add(new Tables());
    }
  }

  private synchronized void forget(Tables old) {
    if (old.open.get() == 0 && tables.remove(old)) {
      old.budget.give(old.ipv4.close() + old.ipv6.close());
    }
  }

  /** How many all of a block have. */
  public long count(Cidr block) {
    long sum = 0;
    for (Tables some : tables) {
      sum += some.of(block).count(new KeyCounts.Block(block));
    }
    return sum;
  }
}
