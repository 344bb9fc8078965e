package org.impetusmta.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.impetusmta.api.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CapabilitiesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cap_net_bind_service+ep|400|400|0",
        "CAP_NET_BIND_SERVICE=eip|400|400|400",
        "cap_net_bind_service+ep cap_net_raw+ep|2400|2400|0",
        "cap_net_bind_service,cap_net_raw+ep|2400|2400|0",
        "cap_net_admin+ep cap_net_bind_service+ep cap_net_raw+ep"
            + " cap_sys_resource+ep|1003400|1003400|0",
        "cap_net_raw+epi-i|2000|2000|0",
        "cap_net_raw=ep cap_net_raw=p|0|2000|0",
        "cap_chown=p+e|1|1|0",
        "all=p cap_chown-p|0|1fffffffffe|0",
        "=|0|0|0",
        "''|0|0|0",
      })
  void reads_what_cap_from_text_reads(
      String text, String effective, String permitted, String inheritable) throws Exception {
    assertThat(Capabilities.parse(text))
        .isEqualTo(
            new Capabilities(
                Long.parseLong(effective, 16),
                Long.parseLong(permitted, 16),
                Long.parseLong(inheritable, 16)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cap_net_bind_servise+ep|did you mean cap_net_bind_service?",
        "net_raw+ep|did you mean cap_net_raw?",
        "cap_net_raw|says nothing to be done",
        "cap_net_raw+x|unknown flag \"x\", expected e, p or i",
        "+ep|names no capability",
        "cap_net_raw,+ep|unknown capability \"\"",
      })
  void refuses_what_it_does_not_know(String text, String why) {
    assertThatThrownBy(() -> Capabilities.parse(text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(why);
  }

  @Test
  void knows_when_there_is_more() throws Exception {
    Capabilities bind = Capabilities.parse("cap_net_bind_service+ep");
    assertThat(Capabilities.NONE.within(bind)).isTrue();
    assertThat(bind.within(bind)).isTrue();
    assertThat(bind.within(Capabilities.NONE)).isFalse();
    assertThat(bind.within(Capabilities.parse("cap_net_bind_service+p"))).isFalse();
    assertThat(Capabilities.names(bind.permitted())).isEqualTo("cap_net_bind_service");
  }
}
