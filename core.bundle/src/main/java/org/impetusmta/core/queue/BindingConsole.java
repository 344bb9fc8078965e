package org.impetusmta.core.queue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.core.queue.QueueConsole.DomainFigures;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The bindings as the console sees them. Concurrent. */
@Component(service = BindingConsole.class)
public final class BindingConsole {
  private final LoopMailQueues server;

  /** The figures of one binding; rates are the reader's business. */
  public record BindingFigures(
      String name,
      String group,
      long connections,
      long active,
      long delayed,
      long total,
      long delivered,
      long failed,
      long received,
      long resident) {
    /** The sums; the name stays. */
    public BindingFigures plus(BindingFigures other) {
      return new BindingFigures(
          name,
          group,
          connections + other.connections,
          active + other.active,
          delayed + other.delayed,
          total + other.total,
          delivered + other.delivered,
          failed + other.failed,
          received + other.received,
          resident + other.resident);
    }
  }

  @Activate
  public BindingConsole(@Reference LoopMailQueues server) {
    this.server = server;
  }

  /** All bindings by slot, then those that are configured no more and have mail. */
  public List<BindingFigures> all() {
    Set<String> names = new LinkedHashSet<>();
    server.bindingChoice().table().slots().forEach(slot -> names.add(slot.name()));
    server.queues().stream().map(MailQueue::binding).sorted().forEach(names::add);
    return figures(List.copyOf(names));
  }

  /** The members of a group, by slot. */
  public List<BindingFigures> group(String group) throws ConsoleException {
    BindingTable table = server.bindingChoice().table();
    if (!table.hasGroup(group)) {
      throw new ConsoleException("Binding group '" + group + "' is not known");
    }
    return figures(table.members(group));
  }

  /** One binding, by its name or its slot. */
  public BindingFigures one(String nameOrSlot) throws ConsoleException {
    BindingTable table = server.bindingChoice().table();
    Optional<String> name = table.find(nameOrSlot).map(BindingTable.Slot::name);
    if (name.isEmpty() && nameOrSlot.matches("\\d{1,6}")) {
      int slot = Integer.parseInt(nameOrSlot);
      name =
          slot < table.slots().size()
              ? Optional.of(table.slots().get(slot).name())
              : Optional.empty();
    }
    return figures(List.of(name.isPresent() ? name.get() : known(nameOrSlot))).getFirst();
  }

  /** A binding that is configured, or has mail. */
  public String known(String binding) throws ConsoleException {
    if (server.bindingChoice().table().find(binding).isEmpty()
        && server.queues().stream().noneMatch(queue -> queue.binding().equals(binding))) {
      throw new ConsoleException("Binding '" + binding + "' is not known");
    }
    return binding;
  }

  private List<BindingFigures> figures(List<String> names) {
    java.util.Map<String, long[]> sizes = new java.util.HashMap<>();
    for (MailQueue queue : server.queues()) {
      long[] sums = sizes.computeIfAbsent(queue.binding(), _ -> new long[3]);
      sums[0] += queue.activeSize();
      sums[1] += queue.delayedSize();
      sums[2] += queue.activeSize() + queue.delayedSize() + queue.inFlightSize();
    }
    BindingTable table = server.bindingChoice().table();
    List<BindingFigures> all = new ArrayList<>();
    for (String name : names) {
      BindingCounts.Of counts = server.bindingCounts().of(name);
      long[] sums = sizes.getOrDefault(name, new long[3]);
      all.add(
          new BindingFigures(
              name,
              table.find(name).map(BindingTable.Slot::group).orElse(BindingTable.DEFAULT),
              Math.max(0, counts.connections.sum()),
              sums[0],
              sums[1],
              sums[2],
              counts.delivered.sum(),
              counts.failed.sum(),
              counts.received.sum(),
              server.residency().of(name).get()));
    }
    return all;
  }

  /** The figures of all domains of one binding, by name. */
  public List<DomainFigures> domains(String binding) throws ConsoleException {
    String name = known(binding);
    return server.queues().stream()
        .filter(queue -> queue.binding().equals(name))
        .sorted(Comparator.comparing(MailQueue::domain))
        .map(
            queue ->
                new DomainFigures(
                    queue.domain(),
                    queue.connectionCount(),
                    queue.activeSize(),
                    queue.delayedSize(),
                    queue.deliveries()))
        .toList();
  }
}
