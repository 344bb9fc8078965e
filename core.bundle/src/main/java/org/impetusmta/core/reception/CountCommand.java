package org.impetusmta.core.reception;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.impetusmta.api.config.Cidr;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.impetusmta.core.queue.DomainConsole;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code count TYPE CIDR}: open connections by address, outbound ones ({@code outbound}, {@code
 * outbound/BINDING}) or inbound ones by protocol ({@code SMTP} and {@code ESMTP} are the same). An
 * address or block gives one number; {@code 32} or {@code 16-32} gives a line for each block of the
 * shortest and the longest prefix, indented by level. Concurrent. Source: console_commands.count.
 */
@Component(service = ConsoleCommand.class)
public final class CountCommand implements ConsoleCommand {
  private static final Pattern MASKS = Pattern.compile("/?(\\d{1,3})(?:-/?(\\d{1,3}))?");

  private final DomainConsole domains;
  private final CoreReception reception;

  @Activate
  public CountCommand(@Reference DomainConsole domains, @Reference CoreReception reception) {
    this.domains = domains;
    this.reception = reception;
  }

  @Override
  public String name() {
    return "count";
  }

  @Override
  public String synopsis() {
    return "outbound[/binding]|protocol address|block|mask[-mask]";
  }

  @Override
  public String summary() {
    return "Counts open connections by address";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = invocation.arguments();
    if (words.size() != 2) {
      throw new ConsoleException("expected: count " + synopsis());
    }
    List<InetAddress> addresses = addresses(words.get(0));
    Matcher masks = MASKS.matcher(words.get(1));
    if (masks.matches()) {
      int from = Integer.parseInt(masks.group(1));
      int to = masks.group(2) == null ? from : Integer.parseInt(masks.group(2));
      if (from > to || to > 128) {
        throw new ConsoleException("no masks from 0 to 128: " + words.get(1));
      }
      if (!words.get(0).toLowerCase(Locale.ROOT).startsWith("outbound")) {
        invocation.printf("Displaying '%s' from /%d to /%d", words.get(0), from, to);
      }
      lines(addresses, from, to).forEach(invocation::println);
    } else {
      invocation.printf("%d sessions", within(addresses, words.get(1)));
    }
  }

  private static long within(List<InetAddress> addresses, String block) throws ConsoleException {
    try {
      Cidr cidr = Cidr.parse(block);
      return addresses.stream().filter(cidr::contains).count();
    } catch (IllegalArgumentException e) {
      throw new ConsoleException("no address, block or mask: " + block);
    }
  }

  /** The lines for these addresses, in order of blocks. */
  static List<String> lines(List<InetAddress> addresses, int from, int to) {
    TreeMap<String, TreeMap<String, Integer>> blocks = new TreeMap<>();
    TreeMap<String, Integer> sums = new TreeMap<>();
    for (InetAddress address : addresses) {
      String outer = block(address, from);
      sums.merge(outer, 1, Integer::sum);
      blocks
          .computeIfAbsent(outer, key -> new TreeMap<>())
          .merge(block(address, to), 1, Integer::sum);
    }
    List<String> lines = new ArrayList<>();
    blocks.forEach(
        (outer, inner) -> {
          lines.add(String.format(Locale.ROOT, "%7d %24s%s", sums.get(outer), "", outer));
          if (to > from) {
            inner.forEach(
                (name, count) ->
                    lines.add(String.format(Locale.ROOT, "%7d %40s%s", count, "", name)));
          }
        });
    return lines;
  }

  private static String block(InetAddress address, int mask) {
    byte[] octets = address.getAddress();
    int length = Math.min(mask, octets.length * 8);
    for (int i = 0; i < octets.length; i++) {
      int kept = Math.clamp(length - 8 * i, 0, 8);
      octets[i] &= (byte) (0xFF << (8 - kept));
    }
    try {
      return InetAddress.getByAddress(octets).getHostAddress() + "/" + length;
    } catch (java.net.UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  private List<InetAddress> addresses(String type) throws ConsoleException {
    String lower = type.toLowerCase(Locale.ROOT);
    if (lower.equals("outbound") || lower.startsWith("outbound/")) {
      String binding = type.length() > 9 ? type.substring(9) : "";
      return domains.outbound().stream()
          .filter(c -> binding.isEmpty() || c.binding().equals(binding))
          .map(c -> InetAddress.ofLiteral(c.address().replaceFirst("%.*", "")))
          .toList();
    }
    String protocol = lower.equals("smtp") ? "esmtp" : lower;
    return reception.open().stream()
        .filter(session -> session.protocol().equals(protocol))
        .map(InboundConversation::remoteAddress)
        .flatMap(Optional::stream)
        .toList();
  }
}
