package org.impetusmta.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.impetusmta.api.bounce.BounceClass;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.log.LogMacros;
import org.impetusmta.testkit.Inventory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class LogFormatTest {
  /** Macro or macros, event, what is written. */
  private static final String LINES =
      """
      %A | reception | CRAM-MD5
      %A | rejection |
      %U | transient | jo
      %U | rejection |
      %b | delivery | binding-a
      %b | rejection |
      %g | permanent | group-a
      %B | delivery | 283
      %B | rejection | 0
      %BI | reception | 00/00-03736-F4101B54
      %BI | rejection | 00/00-00000-00000000
      %CI | delivery | 00/00-04532-A3456B54
      %CI | rejection | 18/00-07149-D7E16B94
      %OC | delivery | 07/00-04532-B3456B54
      %OC | transient | 00/00-00000-00000000
      %OC | reception |
      %c | permanent | Invalid Recipient
      %c | delivery |
      %C | transient | 70
      %C | reception | 0
      %d | delivery | sinkhole.example.com
      %d | transient | example.fict
      %d | reception | example.fict
      %H | reception | 192.0.2.3
      %H | delivery | 10.0.0.1
      %H | rejection | 10.79.11.157
      %mx | permanent | 10.0.0.1
      %mx | rejection |
      %h{X-campaignid} | delivery | c1
      %h{subject} | permanent | Gr\u00fc\u00dfe \\\\\\\\o/
      %h{X-none} | delivery |
      %h{Subject} | rejection |
      %i | reception | 00/00-25004-31B987F3
      %i | rejection |
      %m | delivery | strong-bad
      %M | delivery | email.example.com
      %m@%M | rejection | evil@example.net
      %n | delivery | 250 2.0.0 OK\\\\n250 queued
      %n | transient | 450 no such account
      %n | rejection | relaying denied
      %N | delivery | 3
      %N | reception | 0
      %P | reception | inbound
      %P | rejection | outer
      %PG | reception | group of inbound
      %PG | rejection | outer-group
      %p | permanent | esmtp
      %p | rejection | unknown
      %r | reception | bob
      %R | reception | Example.FICT
      %s | transient | after RCPT TO
      %s | delivery |
      %S | permanent | 5
      %S | rejection | 22
      %t | delivery | 1254219116
      %t{%m:%d:%H:%M:%S} | delivery | 09:29:10:11:56
      %t{%Y-%m-%d} | rejection | 2009-09-29
      %T | delivery | 0.39
      %T | rejection | 0.00
      %T{0} | delivery | 0
      %T{3} | transient | 0.393
      %T{6} | transient | 0.393456
      %us{1} | reception | 1254219116.1
      %us{3} | reception | 1254219116.123
      %us{6} | reception | 1254219116.123456
      %vctx_conn{ehlo_domain} | delivery | mx.example.org
      %vctx_conn{ehlo_domain} | rejection | client.example.net
      %vctx_mess{customerid} | delivery | 77
      %vctx_mess{odd} | delivery | a\\\\nb\\\\\\\\c d
      %vctx_mess{none} | delivery |
      %{vctx_conn:auth_user} | delivery | jo
      %{vctx_mess:customerid} | delivery | 77
      %{rfc822:date} | delivery | Tue, 29 Sep 2009 10:11:56 +0000
      %{rfc2822:message,1} | delivery | Received: by host\\\\r\\\\n
      %{rfc2822:message,8b} | delivery | Received
      %{rfc2822:body} | delivery | preface\\\\r\\\\n--b\\\\r\\\\nContent-Type: text/plain\\\\r\\\\n\\\\r\\\\nfirst\\\\r\\\\nsecond\\\\r\\\\n--b\\\\r\\\\nContent-Type: image/png\\\\r\\\\n\\\\r\\\\nPNG\\\\r\\\\n--b\\\\r\\\\nContent-Type: text/html\\\\r\\\\n\\\\r\\\\n<p>hi\\\\r\\\\n--b--\\\\r\\\\n
      %{rfc2822:body,2} | delivery | preface\\\\r\\\\n--b\\\\r\\\\n
      %{rfc2822:body,3b} | delivery | pre
      %{rfc2822:text} | delivery | first\\\\r\\\\nsecond
      %{rfc2822:text,1,1} | delivery | first\\\\r\\\\n
      %{rfc2822:text,2} | delivery | Content-Type: text/html\\\\r\\\\n\\\\r\\\\n<p>hi
      %{rfc2822:text,3,1} | delivery |
      %{rfc2822:part,2} | delivery | Content-Type: image/png\\\\r\\\\n\\\\r\\\\nPNG
      %{rfc2822:part,4} | delivery |
      %{rfc2822:body} | rejection |
      %{spfv1:s} | delivery | strong-bad@email.example.com
      %{spfv1:o} | delivery | email.example.com
      %{spfv1:d} | delivery | email.example.com
      %{spfv1:d4} | delivery | email.example.com
      %{spfv1:d3} | delivery | email.example.com
      %{spfv1:d2} | delivery | example.com
      %{spfv1:d1} | delivery | com
      %{spfv1:dr} | delivery | com.example.email
      %{spfv1:d2r} | delivery | example.email
      %{spfv1:l} | delivery | strong-bad
      %{spfv1:l-} | delivery | strong.bad
      %{spfv1:lr} | delivery | strong-bad
      %{spfv1:lr-} | delivery | bad.strong
      %{spfv1:l1r-} | delivery | strong
      %{spfv1:i} | delivery | 192.0.2.3
      %{spfv1:ir}.%{spfv1:v}._spf.%{spfv1:d2} | delivery | 3.2.0.192.in-addr._spf.example.com
      %{spfv1:h} | delivery | mx.example.org
      %{spfv1:c} | delivery | 192.0.2.3
      %{spfv1:p} | delivery | unknown
      %{spfv1:t} | delivery | 1254219116
      %{spfv1:S} | delivery | strong-bad%40email.example.com
      %t %r@%R | delivery | 1254219116 bob@Example.FICT
      %t@%i@R@%r | reception | 1254219116@00/00-25004-31B987F3@R@bob
      %T%H% @%r | delivery | 0.3910.0.0.1% @bob
      100%%,%r, 5% | delivery | 100%,bob, 5%
      %t_%N | delivery | 1254219116_3
      %N2{r} | delivery | 32{r}
      %mydate@%my_other{x} | delivery | mydate@my_other x
      %mymacros::mydate:%custom_logger::r | delivery | mydate:bob
      h\u00fclle%r | delivery | h\u00fcllebob
      """;

  private static final LogMacros MINE =
      new LogMacros() {
        @Override
        public String namespace() {
          return "mymacros";
        }

        @Override
        public Set<String> names() {
          return Set.of("mydate", "my_other");
        }

        @Override
        public String value(String name, Optional<String> argument, LogEvent event) {
          return name + argument.map(text -> " " + text).orElse("");
        }
      };

  private static LogFormat.Environment environment(Sanitizer sanitizer, String... namespaces) {
    return new LogFormat.Environment(
        List.of(namespaces),
        List.of(MINE),
        () -> List.of(MINE),
        pathway -> "group of " + pathway,
        TestOperations.operations(),
        failure ->
            failure.permanent() ? BounceClass.INVALID_RECIPIENT : BounceClass.TRANSIENT_FAILURE,
        sanitizer,
        ZoneOffset.UTC);
  }

  private static LogFormat format(String text) {
    return LogFormat.of(text, environment(Sanitizer.PLAIN, "custom_logger", "sieve", "mymacros"));
  }

  private static String line(LogFormat format, LogEvent event) {
    LineBuffer line = new LineBuffer();
    format.append(event, line);
    return new String(line.octets(), 0, line.length(), StandardCharsets.UTF_8);
  }

  private static List<String[]> lines() {
    return LINES.lines().map(line -> line.split(" \\| ?", -1)).toList();
  }

  @ParameterizedTest
  @MethodSource("lines")
  void everyMacroWritesWhatItIsFor(String format, String event, String expected) {
    // the table is a Java string: a backslash of a line is written four times
    assertThat(line(format(format), Events.of(event))).isEqualTo(expected.replace("\\\\", "\\"));
  }

  @Test
  void theWholeMessageAndItsHeader() {
    assertThat(line(format("%{rfc2822:message}"), Events.of("reception")))
        .isEqualTo(Events.CONTENT.replace("\\", "\\\\").replace("\r\n", "\\r\\n"));
    String header = Events.CONTENT.substring(0, Events.CONTENT.indexOf("\r\n\r\n") + 2);
    assertThat(line(format("%{rfc2822:headers}"), Events.of("reception")))
        .isEqualTo(header.replace("\\", "\\\\").replace("\r\n", "\\r\\n"));
  }

  @Test
  void everyMacroOfTheInventoryIsInTheTable() throws IOException {
    Set<String> missing = new TreeSet<>();
    Set<String> namespaces = new HashSet<>();
    for (String[] cells : Inventory.rows("logger_macros.tsv")) {
      namespaces.add(cells[0]);
      if (!Set.of("custom_logger", "sieve").contains(cells[0])) {
        continue; // outbound_tls: see TlsMacrosTest; maps and file names have macros of their own
      }
      String macro =
          cells[1].replaceFirst("\\{(X|fmt|N|key)\\}$", "{").replaceFirst("(:key|,n)?\\}$", "");
      boolean tested =
          lines().stream().anyMatch(line -> line[0].startsWith(macro))
              || macro.matches("%\\{rfc2822:(message|headers)");
      if (!tested) {
        missing.add(macro);
      }
    }
    assertThat(missing).isEmpty();
    assertThat(namespaces).contains("custom_logger", "sieve", "outbound_tls");
  }

  @Test
  void theManualsExampleOfAClientThatWasRefusedWhenItConnected() {
    String format =
        "%p @ %s @ %BI @ %A @ %U @ %n @ %h{Subject} @ %r @ %R @ %m @ %M @ %i @ %t @"
            + " %t{%Y-%m-%d} @ %H @ %mx @ %S";
    assertThat(line(format(format), Events.refusedAtConnect()))
        .isEqualTo(
            "unknown @  @ 00/00-00000-00000000 @  @  @ relaying denied @  @  @  @"
                + "  @  @  @ 1339007869 @ 2012-06-06 @ 10.79.11.157 @  @ 22");
  }

  @Test
  void whatIsGoneIsEmpty() {
    LogEvent event =
        new LogEvent.Reception(Events.MICROS, Events.message(""), "group-a", "binding-a");
    assertThat(line(format("%h{Subject}@%{rfc2822:body}@%r"), event)).isEqualTo("@@bob");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          %r@%nope|at 4: unknown macro %nope, expected one of %A %B %b
          %rx|at 1: unknown macro %rx
          %mydat|at 1: unknown macro %mydat
          %r %h|at 4: %h stands alone, expected %h{header}
          %h{}|at 1: %h stands alone
          %h{Subject|at 1: expected "}" before the end
          %us|at 1: %us stands alone, expected %us{1 to 6}
          %us{0}|at 1: %us{0}: expected 1 to 6 decimal places
          %us{7}|at 1: %us{7}: expected 1 to 6 decimal places
          %T{x}|at 1: %T{x}: expected 0 to 6 decimal places
          %t{%Q}|at 1: the time format "%Q" has an unknown conversion %Q
          %t{%n}|at 1: the time format "%n" has an unknown conversion %n
          %vctx_mess|at 1: %vctx_mess stands alone, expected %vctx_mess{key}
          %{vctx:x}|at 1: unknown macro %{vctx:x}, expected one of %{vctx_conn:KEY}
          %{rfc2822:part}|at 1: found 0 parameters
          %{rfc2822:body,x}|at 1: found "x", expected a number from 0
          %{rfc2822:part,0}|at 1: found "0", expected a number from 1
          %{spfv1:z}|at 1: found %{spfv1:z}, expected a letter of slodipvhct
          %{spfv1:d0}|at 1: found %{spfv1:d0}
          %other::x|at 1: the namespace other is not listed
          """)
  void whatIsNoMacroIsRefusedWithItsPlace(String format, String reason) {
    assertThatThrownBy(() -> format(format))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(reason);
  }

  @Test
  void namespacesMustBeListedAndThere() {
    assertThatThrownBy(
            () -> LogFormat.of("%r", environment(Sanitizer.PLAIN, "custom_logger", "outbound_tls")))
        .hasMessage(
            "no module has the namespace \"outbound_tls\", expected custom_logger, sieve,"
                + " mymacros");
    assertThatThrownBy(
            () -> LogFormat.of("%{rfc822:date}", environment(Sanitizer.PLAIN, "custom_logger")))
        .hasMessage("at 1: %{rfc822:date} is of the namespace sieve, which is not listed");
    assertThatThrownBy(() -> LogFormat.of("%mydate", environment(Sanitizer.PLAIN, "custom_logger")))
        .hasMessageStartingWith("at 1: unknown macro %mydate");
  }

  @Test
  void aFormatSaysWhatItReads() {
    assertThat(format("%r %n %t %{rfc822:date}").dictionaries()).isFalse();
    assertThat(format("%r %n %t %{rfc822:date}").bodies()).isFalse();
    for (String macro : List.of("%A", "%U", "%P", "%PG", "%vctx_conn{a}", "%{spfv1:h}")) {
      assertThat(format(macro).dictionaries()).as(macro).isTrue();
      assertThat(format(macro).bodies()).as(macro).isFalse();
    }
    for (String macro : List.of("%h{a}", "%{rfc2822:headers}", "%{rfc2822:part,1}")) {
      assertThat(format(macro).bodies()).as(macro).isTrue();
    }
  }

  @Test
  void aModuleThatWentAwayLeavesItsPlaceEmpty() {
    LogFormat.Environment there = environment(Sanitizer.PLAIN, "custom_logger", "mymacros");
    LogFormat format =
        LogFormat.of(
            "<%mydate>",
            new LogFormat.Environment(
                there.namespaces(),
                there.macros(),
                List::of,
                there.pathwayGroup(),
                there.operations(),
                there.classes(),
                there.sanitizer(),
                there.zone()));
    assertThat(line(format, Events.of("delivery"))).isEqualTo("<>");
  }

  @Test
  void sanitizingReachesWhatUsersSupply() {
    Sanitizer underscores = Sanitizer.of("special_characters,tr/ /_/");
    LogFormat format =
        LogFormat.of(
            "a b@%n@%h{Subject}@%vctx_mess{odd}", environment(underscores, "custom_logger"));
    assertThat(line(format, Events.of("transient")))
        .isEqualTo("a b@450_no_such_account@Gr\u00fc\u00dfe_\\\\o/@a\\nb\\\\c_d");
  }
}
