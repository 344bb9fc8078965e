package org.impetusmta.core.route;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a {@code resolv.conf(5)} says to an MTA: the lines {@code nameserver ADDRESS} (also {@code
 * [address]:port}) and {@code options timeout:N attempts:N} (also {@code retrans}, {@code retry}).
 * Mail domains are fully qualified, so {@code search}, {@code domain} and {@code ndots} have
 * nothing to say; {@code sortlist} and {@code lookup} are not used. Immutable. Source:
 * conf.ref.resolv_conf.
 */
record ResolvConf(List<InetSocketAddress> nameservers, Duration timeout, int attempts) {
  private static final int PORT = 53;

  ResolvConf {
    nameservers = List.copyOf(nameservers);
  }

  /**
   * Reads {@code file}; a file that is not there means a name server on this machine. Blocks.
   *
   * @throws IOException when it cannot be read, or names a server that is no address
   */
  static ResolvConf read(Path file) throws IOException {
    List<String> lines;
    try {
      lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      lines = List.of();
    }
    return parse(lines, file.toString());
  }

  static ResolvConf parse(List<String> lines, String file) throws IOException {
    List<InetSocketAddress> nameservers = new ArrayList<>();
    int timeout = 5;
    int attempts = 2;
    for (int i = 0; i < lines.size(); i++) {
      String[] words = lines.get(i).replaceFirst("[#;].*", "").trim().split("\\s+");
      if (words[0].equals("nameserver")) {
        String text = words.length > 1 ? words[1] : "";
        int line = i + 1;
        nameservers.add(
            nameserver(text)
                .orElseThrow(
                    () -> new IOException(file + ":" + line + ": not an address: " + text)));
      } else if (words[0].equals("options")) {
        for (int w = 1; w < words.length; w++) {
          int colon = words[w].indexOf(':');
          String name = colon < 0 ? words[w] : words[w].substring(0, colon);
          int value = number(colon < 0 ? "" : words[w].substring(colon + 1));
          switch (name) {
            case "timeout", "retrans" -> timeout = value > 0 ? Math.min(value, 30) : timeout;
            case "attempts", "retry" -> attempts = value > 0 ? Math.min(value, 5) : attempts;
            default -> {
              // options of resolv.conf(5) that concern the C library alone
            }
          }
        }
      }
    }
    if (nameservers.isEmpty()) {
      nameservers.add(new InetSocketAddress(InetAddress.getLoopbackAddress(), PORT));
    }
    return new ResolvConf(nameservers, Duration.ofSeconds(timeout), attempts);
  }

  private static Optional<InetSocketAddress> nameserver(String text) {
    if (text.startsWith("[")) {
      int end = text.indexOf("]:");
      int port = end < 0 ? 0 : number(text.substring(end + 2));
      return port < 1 || port > 65535
          ? Optional.empty()
          : Addresses.parse(text.substring(1, end)).map(a -> new InetSocketAddress(a, port));
    }
    return Addresses.parse(text).map(a -> new InetSocketAddress(a, PORT));
  }

  private static int number(String digits) {
    return digits.matches("\\d{1,6}") ? Integer.parseInt(digits) : -1;
  }
}
