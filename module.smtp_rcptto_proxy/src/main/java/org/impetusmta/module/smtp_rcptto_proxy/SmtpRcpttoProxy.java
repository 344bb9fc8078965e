package org.impetusmta.module.smtp_rcptto_proxy;

import java.io.IOException;
import java.net.IDN;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.impetusmta.api.dns.Dns;
import org.impetusmta.api.dns.DnsAnswer;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.policy.RecipientProbe;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.net.smtp.SmtpClient;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replays a dialogue with another server up to RCPT TO, for scripts, and says what the server made
 * of it. Each question is a dialogue of its own in the pool IO; at most {@value #MOST_OF_SERVER} of
 * one server are under way, so that one that is slow does not take the pool. Concurrent. Source:
 * modules.smtp_rcptto_proxy.
 */
@Module(
    name = "smtp_rcptto_proxy",
    kind = Module.Kind.SINGLETON,
    singleton = "true",
    description = "Asks another server whether it takes a recipient")
@Component(factory = Module.FACTORY + "smtp_rcptto_proxy", service = RecipientProbe.class)
public final class SmtpRcpttoProxy implements RecipientProbe {
  private static final Logger LOG = LoggerFactory.getLogger(SmtpRcpttoProxy.class);

  /** Questions to one server that are under way; beyond them the answer is a failure at once. */
  static final int MOST_OF_SERVER = 20;

  private static final Duration LONGEST = Duration.ofMinutes(10);
  private static final int TYPE_A = 1;
  private static final int TYPE_AAAA = 28;

  /** Addresses of a host that are tried. */
  private static final int MOST_ADDRESSES = 4;

  private final Dns dns;
  private final Scheduler scheduler;
  private final String name;
  private final Map<String, Integer> underWay = new ConcurrentHashMap<>();

  @Activate
  public SmtpRcpttoProxy(
      Map<String, Object> properties, @Reference Dns dns, @Reference Scheduler scheduler) {
    this(dns, scheduler, hostname());
  }

  SmtpRcpttoProxy(Dns dns, Scheduler scheduler, String name) {
    this.dns = dns;
    this.scheduler = scheduler;
    this.name = name;
  }

  private static String hostname() {
    try {
      return InetAddress.getLocalHost().getCanonicalHostName();
    } catch (IOException none) {
      LOG.debug("this machine has no name", none);
      return "localhost";
    }
  }

  @Override
  public CompletionStage<Answer> query(
      Address mailfrom, Address rcptto, String host, int port, Duration timeout) {
    if (rcptto.isNull() || port < 1 || port > 65_535 || !timeout.isPositive()) {
      return CompletableFuture.completedFuture(
          failed("expected rcptto, a port from 1 to 65535 and a timeout above 0"));
    }
    if (!isPrintable(mailfrom) || !isPrintable(rcptto)) {
      return CompletableFuture.completedFuture(failed("no address that SMTP knows"));
    }
    String server = host.toLowerCase(Locale.ROOT) + " " + port;
    if (underWay.merge(server, 1, Integer::sum) > MOST_OF_SERVER) {
      left(server);
      return CompletableFuture.completedFuture(failed("too many questions are under way"));
    }
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    Duration limit = timeout.compareTo(LONGEST) > 0 ? LONGEST : timeout;
    long deadline = System.nanoTime() + limit.toNanos();
    try {
      scheduler
          .pool("IO")
          .execute(
              () -> {
                Answer found = ask(mailfrom, rcptto, host, port, deadline);
                left(server);
                answer.complete(found);
              });
    } catch (RejectedExecutionException full) {
      left(server);
      answer.complete(failed("no thread: " + full.getMessage()));
    }
    return answer;
  }

  private void left(String server) {
    underWay.computeIfPresent(server, (_, count) -> count > 1 ? count - 1 : null);
  }

  /** RFC 5321 section 4.1.2: nothing of an address can end the command early. */
  private static boolean isPrintable(Address address) {
    String text = address.toString();
    return text.length() <= 320
        && text.chars().allMatch(c -> c > ' ' && c != 0x7f && c != '<' && c != '>');
  }

  private Answer ask(Address mailfrom, Address rcptto, String host, int port, long deadline) {
    try {
      List<InetAddress> addresses = addresses(host, deadline);
      if (addresses.isEmpty()) {
        return failed(host + " has no address");
      }
      IOException last = new IOException("not asked");
      for (InetAddress address : addresses) {
        try {
          return ask(mailfrom, rcptto, new InetSocketAddress(address, port), deadline);
        } catch (IOException failure) {
          last = failure;
        }
      }
      LOG.info("{} port {} says nothing about recipients: {}", host, port, last.toString());
      return failed(last.getMessage() == null ? last.toString() : last.getMessage());
    } catch (RuntimeException failure) {
      LOG.error("a question to {} port {} failed", host, port, failure);
      return failed("internal error");
    }
  }

  private Answer ask(Address mailfrom, Address rcptto, InetSocketAddress server, long deadline)
      throws IOException {
    Duration left = Duration.ofNanos(Math.max(1, deadline - System.nanoTime()));
    try (SmtpClient client = SmtpClient.connect(server, Optional.empty(), left)) {
      Reply reply = client.banner();
      if (reply.isPositive()) {
        reply = client.hello(name);
      }
      boolean utf8 = !isAscii(mailfrom) || !isAscii(rcptto);
      if (reply.isPositive() && utf8 && !client.offers("SMTPUTF8")) {
        client.quit();
        return failed("the server does not offer SMTPUTF8");
      }
      if (reply.isPositive()) {
        reply = client.command("MAIL FROM:<" + mailfrom + ">" + (utf8 ? " SMTPUTF8" : ""));
      }
      if (reply.isPositive()) {
        reply = client.command("RCPT TO:<" + rcptto + ">");
      }
      client.quit();
      return new Answer(reply.isPositive(), Optional.of(reply), reply.isPositive() ? "" : "fail");
    }
  }

  private static boolean isAscii(Address address) {
    return address.toString().chars().allMatch(c -> c < 0x80);
  }

  private static Answer failed(String why) {
    return new Answer(false, Optional.empty(), why);
  }

  /** The addresses of the host, IPv4 first. Blocks. */
  private List<InetAddress> addresses(String host, long deadline) {
    String text =
        host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    if (text.indexOf(':') >= 0 || text.matches("[\\d.]+")) {
      try {
        return List.of(InetAddress.ofLiteral(text));
      } catch (IllegalArgumentException none) {
        return List.of();
      }
    }
    String ascii;
    try {
      ascii = IDN.toASCII(text).toLowerCase(Locale.ROOT);
    } catch (IllegalArgumentException none) {
      return List.of();
    }
    CompletableFuture<DnsAnswer> four = dns.lookup(ascii, TYPE_A);
    CompletableFuture<DnsAnswer> six = dns.lookup(ascii, TYPE_AAAA);
    List<InetAddress> found = new ArrayList<>();
    for (CompletableFuture<DnsAnswer> lookup : List.of(four, six)) {
      try {
        for (ByteBuffer data :
            lookup.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS).records()) {
          byte[] octets = new byte[data.remaining()];
          data.duplicate().get(octets);
          found.add(InetAddress.getByAddress(octets));
        }
      } catch (TimeoutException | ExecutionException | IOException late) {
        LOG.debug("no address of {}", ascii, late);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        return List.of();
      }
    }
    return found.size() > MOST_ADDRESSES ? found.subList(0, MOST_ADDRESSES) : found;
  }
}
