package org.impetusmta.module.url_ripper;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class UrlTextTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "see http://example.com/x and https://b.example:8080?q=1 | example.com,b.example",
        "www.example.com, or WWW2.Example.ORG! | www.example.com,www2.example.org",
        "mail me@www.example.com | ",
        "http://user:pass@evil.example/ | evil.example",
        "http://good.example@evil.example/ | evil.example",
        "(http://example.com). <https://b.example> | example.com,b.example",
        "http://192.0.2.1/ http://[2001:db8::1]/ | 192.0.2.1,2001:db8::1",
        "http://ex%61mple.com | example.com",
        "http://bücher.example/ | xn--bcher-kva.example",
        "http:// /x http://a..b/ http://-/ | -",
        "ftp://files.example/ hxxp://no.example | files.example",
        "http:\\\\no.example | "
      })
  void hosts_are_found_in_plain_text(String text, String hosts) {
    UrlText found = new UrlText(100);
    found.plain(text);
    assertThat(String.join(",", found.hosts())).isEqualTo(hosts == null ? "" : hosts);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "<a href=\"http://www.covertabuser.co.uk\">x</a> | www.covertabuser.co.uk",
        "<a href='&#104;ttp&#58;//evil&period;example/'>x | evil.example",
        "<a href=\"ht\ttp://evil.example\">x | evil.example",
        "<a href=//evil.example/x>x | evil.example",
        "<img src=\"https:\\\\evil.example\\x.gif\"> | evil.example",
        "<form action=https://evil.example> | evil.example",
        "<meta http-equiv=refresh content='0; url=http://evil.example/'> | evil.example",
        "<div style=\"background:url('http://evil.example/x')\"> | evil.example",
        "<style>a{background:url(http://evil.example/x)}</style> | evil.example",
        "<p>http://ev<b></b>il.example/ | evil.example",
        "<base href=http://evil.example/><a href=x>y | evil.example",
        "<!-- http://no.example --> | "
      })
  void hosts_are_found_in_html_however_they_are_hidden(String html, String hosts) {
    UrlText found = new UrlText(100);
    found.html(html);
    assertThat(String.join(",", found.hosts())).isEqualTo(hosts == null ? "" : hosts);
  }

  @Test
  void not_more_hosts_are_found_than_may_be() {
    UrlText found = new UrlText(3);
    for (int i = 0; i < 10; i++) {
      found.plain("http://h" + i + ".example/");
    }
    assertThat(found.hosts()).containsExactly("h0.example", "h1.example", "h2.example");
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1,192.0.2.1",
    "3221225985,192.0.2.1",
    "0xc0000201,192.0.2.1",
    "0300.0.2.1,192.0.2.1",
    "192.0.513,192.0.2.1",
    "2001:db8::1,2001:db8::1",
    "4294967296,",
    "256.1.1.1,",
    "1.2.3.4.5,",
    "example.com,",
    "a1.2.3.4,"
  })
  void addresses_are_known_in_every_notation(String host, String address) {
    assertThat(Hosts.address(host))
        .isEqualTo(Optional.ofNullable(address).map(InetAddress::ofLiteral));
  }

  @ParameterizedTest
  @CsvSource({
    "www.covertabuser.co.uk,covertabuser.co.uk",
    "superabuser.com,superabuser.com",
    "a.b.c.example.com,example.com",
    "co.uk,",
    "com,",
    "localhost,",
    "host.corp.internal,corp.internal",
    "a.b.blogspot.com,blogspot.com"
  })
  void what_was_registered_is_looked_up(String host, String domain) {
    assertThat(Hosts.registered(host)).isEqualTo(Optional.ofNullable(domain));
  }

  @Test
  void addresses_are_reversed_as_lists_have_them() {
    assertThat(Hosts.reversed(InetAddress.ofLiteral("192.0.2.100"))).isEqualTo("100.2.0.192");
    assertThat(Hosts.reversed(InetAddress.ofLiteral("2001:db8::1")))
        .isEqualTo("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2");
  }
}
