package org.impetusmta.module.ds_ldap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.unboundid.ldap.sdk.DN;
import com.unboundid.ldap.sdk.Filter;
import com.unboundid.ldap.sdk.SearchScope;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.datasource.DatasourceException;
import org.impetusmta.api.datasource.DatasourceSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** URLs of directories and the values in them. */
final class LdapUrlTest {
  static final String[] NASTY = {
    "*",
    "a*",
    ")(uid=*",
    "*)(|(uid=*",
    "a,dc=evil",
    "a+uid=b",
    "a\\2ab",
    "\\",
    "#a",
    " a ",
    "a;b",
    "a\"b",
    "<a>",
    "a=b",
    "a\u0000b",
    "é",
    "a%2cb",
    "a?b",
    "a&b",
    "$pass",
    "a/b"
  };

  static DatasourceSettings settings() {
    return new DatasourceSettings(
        "ldap",
        StandardCharsets.ISO_8859_1,
        Duration.ofSeconds(5),
        Duration.ofSeconds(30),
        (host, user, facility) ->
            user.equals("cn=stored") && facility.equals("ldap") && host.equals("a.example")
                ? Optional.of("stored secret")
                : Optional.empty());
  }

  private static LdapQuestion fill(String url, Map<String, String> values) throws Exception {
    return LdapQuestion.of(
        LdapUrl.parse(url).or(LdapUrl.parse("ldap://a.example")), values, settings());
  }

  @Test
  void parts() {
    LdapUrl url =
        LdapUrl.parse(
            "ldaps://A.example:7/dc=x%2cdc=y?cn,mail?SUB?(cn=$x)?bindname=cn%3Da%2Ccn%3Db,x-bindpw=p");
    assertThat(url.tls()).isTrue();
    assertThat(url.host()).isEqualTo("A.example");
    assertThat(url.port()).isEqualTo(7);
    assertThat(url.dn()).isEqualTo("dc=x%2cdc=y");
    assertThat(url.attributeNames()).containsExactly("cn", "mail");
    assertThat(url.scope()).isEqualTo("sub");
    assertThat(url.filter()).isEqualTo("(cn=$x)");
    assertThat(url.extensions()).containsEntry("bindname", "cn%3Da%2Ccn%3Db");
    LdapUrl short1 = LdapUrl.parse("ldap://[::1]:389");
    assertThat(short1.host()).isEqualTo("::1");
    assertThat(short1.port()).isEqualTo(389);
    assertThat(LdapUrl.parse("ldap:///").host()).isEmpty();
    assertThat(LdapUrl.parse("ldap://h?cn").attributes()).isEqualTo("cn");
  }

  @Test
  void what_a_query_leaves_out_the_uri_has() {
    LdapUrl connection =
        LdapUrl.parse("ldaps://a:1/dc=x?cn?one?(a=b)?bindname=cn=a,x-bindpw=p,x-search-timeout=3");
    LdapUrl merged = LdapUrl.parse("ldap:///??sub??x-return-dn=dn").or(connection);
    assertThat(merged)
        .isEqualTo(
            new LdapUrl(
                true,
                "a",
                1,
                "dc=x",
                "cn",
                "sub",
                "(a=b)",
                Map.of(
                    "bindname",
                    "cn=a",
                    "x-bindpw",
                    "p",
                    "x-search-timeout",
                    "3",
                    "x-return-dn",
                    "dn")));
    LdapUrl other = LdapUrl.parse("ldap://b/????bindname=cn=b").or(connection);
    assertThat(other.host()).isEqualTo("b");
    assertThat(other.port()).isZero();
    assertThat(other.tls()).isFalse();
    assertThat(other.extensions())
        .as("one's password is not another's")
        .doesNotContainKey("x-bindpw");
  }

  @Test
  void the_example_of_the_manual() throws Exception {
    LdapQuestion question =
        fill(
            "ldap:///????bindname=CN=$user%2cCN=Users%2cDC=int%2cDC=omniti%2cDC=net,x-bindpw=$pass",
            Map.of("user", "ann", "pass", "s,e%c=ret"));
    assertThat(question.target().bindName()).isEqualTo("CN=ann,CN=Users,DC=int,DC=omniti,DC=net");
    assertThat(question.target().bindPassword()).isEqualTo("s,e%c=ret");
    assertThat(question.bindOnly()).isTrue();
    assertThat(question.guess()).isTrue();
    assertThat(question.cached()).as("every password is looked at").isFalse();
    assertThat(question.target().toString()).isEqualTo("ldap://a.example:389");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x"})
  void nasty_values_stay_values(String ignored) throws Exception {
    for (String value : NASTY) {
      LdapQuestion question =
          fill(
              "ldap:///cn=$v,dc=x?cn?sub?(|(uid=$v)(mail=$v))?bindname=uid=$v%2Cdc=x,x-bindpw=$v",
              Map.of("v", value));
      DN base = new DN(question.base());
      assertThat(base.getRDNs()).as(value).hasSize(2);
      // the reader of names forgets a blank at the end, however it is escaped
      assertThat(base.getRDNs()[0].getAttributeValues()[0].strip()).isEqualTo(value.strip());
      DN bind = new DN(question.target().bindName());
      assertThat(bind.getRDNs()[0].getAttributeValues()[0].strip()).isEqualTo(value.strip());
      Filter[] parts = question.filter().getComponents();
      assertThat(parts).as(value).hasSize(2);
      assertThat(parts[0].getFilterType()).isEqualTo(Filter.FILTER_TYPE_EQUALITY);
      assertThat(parts[0].getAssertionValue()).isEqualTo(value);
      assertThat(question.target().bindPassword()).isEqualTo(value);
    }
    assertThat(ignored).isEqualTo("x");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http://a | expected a URL that begins with ldap://",
        "ldap://a:0 | expected a port",
        "ldap://a b | expected the name or address of a host",
        "ldap://$h/ | expected the name or address of a host",
        "ldap:///???? x-what=1 | found an extension that is none of",
        "ldap:///????!x-what=1 | found an extension that is none of",
        "ldap:///????x-bindpw | found an extension that is none of",
        "ldap:///????x-return-dn=a,x-return-dn=b | found the extension x-return-dn twice",
        "ldap:///??tree | scope: expected base, one or sub",
        "ldap:///????x-search-timeout=0 | x-search-timeout: expected seconds",
        "ldap:///????x-connect-timeout=soon | x-connect-timeout: expected seconds",
        "ldap:///????x-connect-timeout=$t | x-connect-timeout: expected no $name here",
        "ldap:///????x-ldap-version=2 | x-ldap-version: expected 3",
        "ldap:///????x-ignore-referrals=maybe | x-ignore-referrals: expected true or false",
        "ldap:///????x-disable-connection-cache=2 | x-disable-connection-cache: expected true",
        "ldap:///????bindname=,x-bindpw=a | bindname: expected a distinguished name",
        "ldap:///????bindname=cn=a,x-bindpw= | x-bindpw: found nothing",
        "ldaps:///????x-starttls=true | x-starttls: expected it with ldap:// alone",
        "ldap:///%4 | found % in a URL without two hexadecimal digits",
      })
  void what_is_wrong_is_refused(String url, String expected) {
    assertThatThrownBy(() -> LdapUrl.parse(url))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(expected);
  }

  @Test
  void options_of_a_question() throws Exception {
    LdapQuestion question =
        fill(
            "ldap:///dc=x?cn?one?(a=b)?x-connect-timeout=2,x-search-timeout=3,x-return-dn=who,"
                + "x-ignore-referrals=1,x-disable-connection-cache=true,x-ldap-version=3",
            Map.of());
    assertThat(question.target().connectMillis()).isEqualTo(2_000);
    assertThat(question.target().responseMillis()).isEqualTo(3_000);
    assertThat(question.target().followReferrals()).isFalse();
    assertThat(question.searchSeconds()).isEqualTo(3);
    assertThat(question.returnDn()).contains("who");
    assertThat(question.scope()).isEqualTo(SearchScope.ONE);
    assertThat(question.cached()).isFalse();
    LdapQuestion plain = fill("ldap:///dc=x", Map.of());
    assertThat(plain.searchSeconds()).as("the manual's").isEqualTo(6);
    assertThat(plain.target().followReferrals()).isTrue();
    assertThat(plain.cached()).isTrue();
    assertThat(plain.filter().toString()).isEqualTo("(objectClass=*)");
  }

  @Test
  void passwords() throws Exception {
    assertThat(fill("ldap:///dc=x????bindname=cn=stored", Map.of()).target().bindPassword())
        .isEqualTo("stored secret");
    assertThatThrownBy(() -> fill("ldap:///dc=x????bindname=cn=nobody", Map.of()))
        .isInstanceOf(DatasourceException.class)
        .hasMessageContaining("there is no password for cn=nobody");
    assertThatThrownBy(() -> fill("ldap:///dc=x????x-bindpw=secret", Map.of()))
        .isInstanceOf(DatasourceException.class)
        .hasMessageContaining("expected bindname");
    assertThat(
            fill("ldap:///????bindname=cn=$u,x-bindpw=$p", Map.of("u", "ann", "p", "")).nameless())
        .isTrue();
    assertThatThrownBy(() -> fill("ldap:///????bindname=cn=$u,x-bindpw=$p", Map.of("u", "a")))
        .hasMessageContaining("$p");
    assertThat(List.of(NASTY)).contains("$pass");
  }
}
