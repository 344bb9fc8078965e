package org.impetusmta.module.cidrdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RbldnsdFileTest {
  private static final String FILE =
      """
      $SOA 3600 ns.example. admin.example. 0 600 300 86400 300
      $NS 3600 ns.example.
      # a comment
      ; another
      192.0.2.1
      :127.0.0.3:Listed, see http://example.com/?$
      192.0.2.2
      192.0.2.3:127.0.0.9:own text of $
      192.0.2.4 only text
      192.0.2.5 :4: short
      192.0.2.6:5
      192.0.2.7 # remark
      198.51
      !198.51.100
      !198.51.101.0/24
      203.0.113.10-12
      203.0.113.20-203.0.113.21:6:range
      10.10-11
      10.20/16
      2001:db8::/32
      2001:db8:1::5 :7:six
      !2001:db8:2::/48
      nonsense here
      127:8:the whole
      """;

  private static String find(String file, boolean text, String address) throws IOException {
    return RbldnsdFile.read(new BufferedReader(new StringReader(file)), text, "test")
        .find(InetAddress.ofLiteral(address))
        .orElse("-");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "EMPTY",
      value = {
        "192.0.2.1 | 127.0.0.2 | EMPTY",
        "192.0.2.2 | 127.0.0.3 | Listed, see http://example.com/?$",
        "192.0.2.3 | 127.0.0.9 | own text of $",
        "192.0.2.4 | 127.0.0.3 | only text",
        "192.0.2.5 | 127.0.0.4 | short",
        "192.0.2.6 | 127.0.0.5 | EMPTY",
        "192.0.2.7 | 127.0.0.3 | Listed, see http://example.com/?$",
        "192.0.2.8 | - | -",
        "198.51.0.1 | 127.0.0.3 | Listed, see http://example.com/?$",
        "198.51.100.1 | - | -",
        "198.51.101.1 | - | -",
        "198.51.102.1 | 127.0.0.3 | Listed, see http://example.com/?$",
        "203.0.113.9 | - | -",
        "203.0.113.10 | 127.0.0.3 | Listed, see http://example.com/?$",
        "203.0.113.12 | 127.0.0.3 | Listed, see http://example.com/?$",
        "203.0.113.13 | - | -",
        "203.0.113.21 | 127.0.0.6 | range",
        "203.0.113.22 | - | -",
        "10.11.255.255 | 127.0.0.3 | Listed, see http://example.com/?$",
        "10.12.0.0 | - | -",
        "10.20.7.7 | 127.0.0.3 | Listed, see http://example.com/?$",
        "2001:db8::77 | 127.0.0.3 | Listed, see http://example.com/?$",
        "2001:db8:1::5 | 127.0.0.7 | six",
        "2001:db8:2::5 | - | -",
        "127.5.5.5 | 127.0.0.8 | the whole"
      })
  void every_form_of_an_entry_is_understood(String address, String a, String text)
      throws Exception {
    assertThat(find(FILE, false, address)).isEqualTo(a);
    assertThat(find(FILE, true, address)).isEqualTo(text == null ? "" : text);
  }

  @Test
  void variables_and_templates_of_the_file_are_put_in() throws Exception {
    String file =
        "$1 http://example.com/lookup\n$= $1?$=\n192.0.2.1 :2:case 5\n192.0.2.2 :2:=see $1 for $\n";
    assertThat(find(file, true, "192.0.2.1")).isEqualTo("http://example.com/lookup?case 5");
    assertThat(find(file, true, "192.0.2.2")).isEqualTo("see http://example.com/lookup for $");
  }

  @Test
  void combined_files_have_their_sections() throws Exception {
    String file =
        """
        $DATASET ip4set:a one
        :9:one
        192.0.2.1
        $DATASET dnset names
        example.com
        $DATASET generic g
        2.2.0.192 3600 A 127.0.0.4
        2.2.0.192 TXT "quoted text"
        www A 192.0.2.80
        1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2 IN A 127.0.0.5
        $DATASET ip6trie six @
        2001:db8:9::/48
        """;
    assertThat(find(file, false, "192.0.2.1")).isEqualTo("127.0.0.9");
    assertThat(find(file, false, "192.0.2.2")).isEqualTo("127.0.0.4");
    assertThat(find(file, true, "192.0.2.2")).isEqualTo("quoted text");
    assertThat(find(file, false, "2001:db8::1")).isEqualTo("127.0.0.5");
    assertThat(find(file, false, "2001:db8:9::1")).isEqualTo("127.0.0.2");
    assertThat(find(file, false, "192.0.2.80")).isEqualTo("-");
  }

  @Test
  void ranges_that_are_larger_than_the_file_allows_are_left_out() throws Exception {
    assertThat(find("$MAXRANGE4 /24\n10/8\n192.0.2/24\n", false, "10.1.1.1")).isEqualTo("-");
    assertThat(find("$MAXRANGE4 256\n10/8\n192.0.2/24\n", false, "192.0.2.1"))
        .isEqualTo("127.0.0.2");
  }

  @Test
  void what_is_no_file_of_rbldnsd_does_not_take_the_place_of_one() {
    assertThatThrownBy(() -> find("<html>\n<body>404</body>\n", false, "192.0.2.1"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no file of rbldnsd")
        .hasMessageContaining("line 1");
  }

  @Test
  void an_empty_list_is_a_list() throws Exception {
    assertThat(find("# nobody\n", false, "192.0.2.1")).isEqualTo("-");
  }
}
