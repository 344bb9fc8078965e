package org.impetusmta.module.url_ripper;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.impetusmta.api.message.MimePart;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Attribute;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;

/**
 * Finds the hosts of URLs in the text parts of a message, decoded; HTML is parsed as browsers do,
 * so entities, odd white space and quotes hide nothing. At most {@value #MOST_TEXT} characters and
 * as many hosts as the limit says are looked at. Single.
 */
final class UrlText {
  /** Characters of text, all parts together. */
  static final int MOST_TEXT = 4 << 20;

  private static final Pattern URL =
      Pattern.compile(
          "(?:https?|ftp|wss?):/{1,8}+(?<authority>[^\\s/?#\"'<>()]{1,512}+)"
              + "|(?<![\\w.@-])(?<bare>www\\d{0,3}\\.[^\\s/?#\"'<>():,;]{1,250}+)",
          Pattern.CASE_INSENSITIVE);

  /** What an attribute may hold beside URLs of these schemes: {@code //host/}. */
  private static final Pattern RELATIVE = Pattern.compile("^//(?<authority>[^/?#]{1,512}+)");

  private final Set<String> hosts = new LinkedHashSet<>();
  private final int most;
  private int left = MOST_TEXT;

  /**
   * @param most hosts that are found
   */
  UrlText(int most) {
    this.most = most;
  }

  /** Looks at a part. */
  void part(MimePart part) {
    if (left <= 0 || hosts.size() >= most || !part.contentType().startsWith("text/")) {
      return;
    }
    String text = part.text().orElse("");
    String some = text.length() > left ? text.substring(0, left) : text;
    left -= some.length();
    if (part.contentType().equals("text/html")) {
      html(some);
    } else {
      plain(some);
    }
  }

  /** The hosts, in the order in which they were found. */
  Set<String> hosts() {
    return hosts;
  }

  void plain(String text) {
    Matcher url = URL.matcher(text);
    while (hosts.size() < most && url.find()) {
      String authority = url.group("authority");
      add(authority == null ? url.group("bare") : authority);
    }
  }

  void html(String text) {
    Document document = Jsoup.parse(text);
    for (Element element : document.getAllElements()) {
      for (Attribute attribute : element.attributes()) {
        // browsers drop these, and take a reversed stroke for a stroke
        String value = attribute.getValue().replaceAll("[\t\r\n]", "").strip().replace('\\', '/');
        plain(value);
        Matcher relative = RELATIVE.matcher(value);
        if (relative.find()) {
          add(relative.group("authority"));
        }
        if (hosts.size() >= most) {
          return;
        }
      }
    }
    plain(document.text());
    document.select("style, script").forEach(element -> plain(element.data()));
  }

  private void add(String authority) {
    if (hosts.size() < most) {
      Hosts.ofAuthority(authority.replaceAll("[.,;:!]+$", "")).ifPresent(hosts::add);
    }
  }
}
