package org.impetusmta.module.auth_radius;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.module.auth_radius.RadiusPackets.Answer;
import org.impetusmta.module.auth_radius.RadiusPackets.Attribute;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One server that is asked. A socket for each question: its port is as hard to guess as the
 * identifier. Concurrent; blocks.
 */
final class RadiusServer {
  private static final Logger LOG = LoggerFactory.getLogger(RadiusServer.class);
  private static final int PORT = 1812;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final String host;
  private final int port;
  private final byte[] secret;
  private final Options options;

  /** The options of {@code server "name" { }}. */
  @OptionSet("auth_radius::server")
  public record Options(
      @Option(doc = "its name or address, with :port where it is not 1812; needed")
          Optional<String> host,
      @Option(secret = true, doc = "what it and this server share; needed") Optional<String> secret,
      @Option(value = "2", min = 1, max = 20, doc = "how often it is asked before the next one is")
          int maxTries,
      @Option(value = "5", min = 1, max = 300, doc = "seconds that it may take each time")
          Duration timeout,
      @Option(
              value = "true",
              doc =
                  "whether an answer without Message-Authenticator is passed over; without it"
                      + " whoever is in between may change a refusal into an acceptance")
          boolean requireMessageAuthenticator) {}

  /**
   * @param where {@code file:line: in auth_radius: server "one"}
   */
  RadiusServer(String where, Options options) throws ConfigException {
    String written =
        options
            .host()
            .filter(text -> !text.isBlank())
            .orElseThrow(() -> new ConfigException(where + ": host is needed"));
    this.secret =
        options
            .secret()
            .filter(text -> !text.isEmpty())
            .orElseThrow(() -> new ConfigException(where + ": secret is needed"))
            .getBytes(StandardCharsets.UTF_8);
    this.options = options;
    int colon = written.lastIndexOf(':');
    boolean bracketed = written.startsWith("[");
    int end = bracketed ? written.indexOf(']') : -1;
    boolean portSaid =
        bracketed ? end > 0 && colon == end + 1 : colon >= 0 && colon == written.indexOf(':');
    if (bracketed && (end < 0 || (!portSaid && end != written.length() - 1))) {
      throw malformed(where, written);
    }
    this.host =
        bracketed ? written.substring(1, end) : portSaid ? written.substring(0, colon) : written;
    this.port = portSaid ? port(where, written, written.substring(colon + 1)) : PORT;
    if (host.isBlank()) {
      throw malformed(where, written);
    }
  }

  private static int port(String where, String written, String digits) throws ConfigException {
    if (digits.matches("\\d{1,5}")) {
      int port = Integer.parseInt(digits);
      if (port > 0 && port < 65536) {
        return port;
      }
    }
    throw malformed(where, written);
  }

  private static ConfigException malformed(String where, String written) {
    return new ConfigException(
        "%s: host = \"%s\": expected host, host:port or [ip6]:port".formatted(where, written));
  }

  /**
   * Asks for as long as the options say.
   *
   * @param password in the clear
   * @return empty where no answer came
   */
  Optional<Answer> ask(List<Attribute> attributes, byte[] password) {
    byte[] authenticator = new byte[16];
    RANDOM.nextBytes(authenticator);
    int id = RANDOM.nextInt(256);
    List<Attribute> all = new ArrayList<>(attributes);
    all.add(
        new Attribute(
            RadiusPackets.USER_PASSWORD, RadiusPackets.hidden(password, authenticator, secret)));
    byte[] request = RadiusPackets.request(id, authenticator, secret, all);
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(new InetSocketAddress(InetAddress.getByName(host), port));
      for (int i = 0; i < options.maxTries(); i++) {
        socket.send(new DatagramPacket(request, request.length));
        Optional<Answer> answer = await(socket, id, authenticator);
        if (answer.isPresent()) {
          return answer;
        }
      }
      LOG.warn(
          "auth_radius: {} port {} does not answer; asked {} times",
          host,
          port,
          options.maxTries());
    } catch (PortUnreachableException e) {
      LOG.warn("auth_radius: nobody is at {} port {}", host, port);
    } catch (UnknownHostException e) {
      LOG.warn("auth_radius: there is no host {}", host);
    } catch (IOException e) {
      LOG.warn("auth_radius: {} port {}: {}", host, port, e.getMessage());
    }
    return Optional.empty();
  }

  /** What is not the answer does not make it wait any longer. */
  private Optional<Answer> await(DatagramSocket socket, int id, byte[] authenticator)
      throws IOException {
    long end = System.nanoTime() + options.timeout().toNanos();
    byte[] buffer = new byte[RadiusPackets.LONGEST_PACKET];
    boolean told = false;
    while (true) {
      long left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return Optional.empty();
      }
      socket.setSoTimeout((int) left);
      DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
      try {
        socket.receive(packet);
      } catch (SocketTimeoutException e) {
        return Optional.empty();
      }
      Optional<Answer> answer =
          RadiusPackets.answer(
              Arrays.copyOf(packet.getData(), packet.getLength()),
              id,
              authenticator,
              secret,
              options.requireMessageAuthenticator());
      if (answer.isPresent()) {
        return answer;
      }
      if (!told) {
        told = true;
        LOG.warn(
            "auth_radius: {} port {} sent what is no signed answer; is the secret the same?",
            host,
            port);
      }
    }
  }
}
