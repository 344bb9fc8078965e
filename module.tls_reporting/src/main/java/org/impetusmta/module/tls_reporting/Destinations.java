package org.impetusmta.module.tls_reporting;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.impetusmta.api.message.Address;

/**
 * Where a domain wants reports to go: the TXT record at {@code _smtp._tls.DOMAIN}, at most {@value
 * #MOST} places. Immutable. Source: RFC 8460 section 3.
 */
record Destinations(List<Address> mailboxes, List<URI> posts) {
  private static final int MOST = 4;
  private static final String VERSION = "v=TLSRPTv1";
  private static final Pattern MAILBOX =
      Pattern.compile("[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,253}");
  private static final Pattern HOST = Pattern.compile("(?=.*[A-Za-z])[A-Za-z0-9.-]{1,253}");

  Destinations {
    mailboxes = List.copyOf(mailboxes);
    posts = List.copyOf(posts);
  }

  /**
   * What the records say: empty unless exactly one of them begins with the version and names a
   * place that can be used.
   *
   * @param records RDATA of TXT records as on the wire
   */
  static Optional<Destinations> of(List<ByteBuffer> records) {
    List<String> texts = new ArrayList<>();
    for (ByteBuffer record : records) {
      String text = text(record);
      if (text.startsWith(VERSION)
          && text.substring(VERSION.length()).stripLeading().startsWith(";")) {
        texts.add(text);
      }
    }
    return texts.size() == 1 ? parse(texts.getFirst()) : Optional.empty();
  }

  private static Optional<Destinations> parse(String text) {
    List<Address> mailboxes = new ArrayList<>();
    List<URI> posts = new ArrayList<>();
    for (String field : text.split(";")) {
      String stripped = field.strip();
      if (!stripped.startsWith("rua=")) {
        continue;
      }
      for (String place : stripped.substring(4).split(",")) {
        if (mailboxes.size() + posts.size() < MOST) {
          add(place.strip(), mailboxes, posts);
        }
      }
    }
    return mailboxes.isEmpty() && posts.isEmpty()
        ? Optional.empty()
        : Optional.of(new Destinations(mailboxes, posts));
  }

  private static void add(String place, List<Address> mailboxes, List<URI> posts) {
    try {
      if (place.regionMatches(true, 0, "mailto:", 0, 7)) {
        String path = place.substring(7).split("\\?", 2)[0].replace("+", "%2B");
        String mailbox = URLDecoder.decode(path, StandardCharsets.UTF_8);
        if (MAILBOX.matcher(mailbox).matches()) {
          mailboxes.add(Address.of(mailbox));
        }
      } else if (place.regionMatches(true, 0, "https:", 0, 6)) {
        URI uri = new URI(place);
        // a name, not an address, and the port of HTTPS: nobody is sent about in our network
        if (uri.getHost() != null
            && HOST.matcher(uri.getHost()).matches()
            && uri.getRawUserInfo() == null
            && (uri.getPort() == -1 || uri.getPort() == 443)) {
          posts.add(uri);
        }
      }
    } catch (URISyntaxException | IllegalArgumentException e) {
      // no place that can be used
    }
  }

  private static String text(ByteBuffer rdata) {
    ByteBuffer from = rdata.duplicate();
    StringBuilder text = new StringBuilder(from.remaining());
    while (from.hasRemaining()) {
      byte[] string = new byte[Math.min(from.get() & 0xff, from.remaining())];
      from.get(string);
      text.append(new String(string, StandardCharsets.ISO_8859_1));
    }
    return text.toString();
  }
}
