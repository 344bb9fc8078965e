package org.impetusmta.module.snmp;

import java.util.Arrays;
import java.util.Optional;
import org.impetusmta.api.queue.QueueFigures.Totals;
import org.snmp4j.smi.Gauge32;
import org.snmp4j.smi.OID;
import org.snmp4j.smi.VariableBinding;

/** What can be watched, and the trap that tells of it. */
enum Watched {
  GLOBAL_MAIL_QUEUE("GlobalMailQueue", 3),
  ACTIVE_QUEUE("ActiveQueue", 4),
  DELAYED_QUEUE("DelayedQueue", 5),
  FAILED_MESSAGES("FailedMessages", 6);

  private final String option;
  private final int trap;

  Watched(String option, int trap) {
    this.option = option;
    this.trap = trap;
  }

  /** Its name in {@code Watch_Variables}. */
  String option() {
    return option;
  }

  /** By its name, whatever its case; the manual's other name of failed messages too. */
  static Optional<Watched> of(String name) {
    return name.equalsIgnoreCase("FailMessages")
        ? Optional.of(FAILED_MESSAGES)
        : Arrays.stream(values()).filter(one -> one.option.equalsIgnoreCase(name)).findFirst();
  }

  long value(Totals totals) {
    return switch (this) {
      case GLOBAL_MAIL_QUEUE -> totals.total();
      case ACTIVE_QUEUE -> totals.active();
      case DELAYED_QUEUE -> totals.delayed();
      case FAILED_MESSAGES -> totals.failed();
    };
  }

  /** The trap, with the object that the MIB says. */
  TrapSender.Trap trap(long value) {
    OID object =
        switch (this) {
          case GLOBAL_MAIL_QUEUE -> Oids.of(Oids.MTA, 1, 1, 2, 1);
          case ACTIVE_QUEUE -> Oids.of(Oids.GROUPS, 1, 1);
          case DELAYED_QUEUE -> Oids.of(Oids.GROUPS, 2, 1);
          case FAILED_MESSAGES -> Oids.of(Oids.GROUPS, 3, 1);
        };
    return new TrapSender.Trap(
        Oids.of(Oids.TRAPS, trap),
        Optional.of(
            new VariableBinding(
                object, this == GLOBAL_MAIL_QUEUE ? new Gauge32(value) : Mib.counter(value))));
  }
}
