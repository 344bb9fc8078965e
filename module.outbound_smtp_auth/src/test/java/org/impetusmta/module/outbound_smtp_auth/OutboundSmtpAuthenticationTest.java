package org.impetusmta.module.outbound_smtp_auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.delivery.Credentials;
import org.impetusmta.api.delivery.Credentials.Mechanism;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.hook.OutboundSmtpAuthConfig;
import org.impetusmta.module.outbound_smtp_auth.OutboundSmtpAuthentication.AuthType;
import org.impetusmta.testkit.mx.OutboundMessage;
import org.junit.jupiter.api.Test;

final class OutboundSmtpAuthenticationTest {
  private final OutboundMessage message = OutboundMessage.to("a@b.c", "\r\n");

  private Optional<Credentials> who(
      OutboundSmtpAuthentication.Options options, OutboundSmtpAuthConfig... policy) {
    Delivery delivery =
        (Delivery)
            Proxy.newProxyInstance(
                Delivery.class.getClassLoader(),
                new Class<?>[] {Delivery.class},
                (proxy, called, arguments) -> options);
    return new OutboundSmtpAuthentication(() -> List.of(policy))
        .outboundSmtpAuth(delivery, message);
  }

  @Test
  void whatIsUnsetProvesNothing() {
    assertThat(who(new OutboundSmtpAuthentication.Options(AuthType.FALSE, "me", "pw", "false")))
        .isEmpty();
    assertThat(who(new OutboundSmtpAuthentication.Options(AuthType.PLAIN, "false", "pw", "false")))
        .isEmpty();
  }

  @Test
  void optionsSayWho() {
    assertThat(who(new OutboundSmtpAuthentication.Options(AuthType.CRAM_MD5, "me", "pw", "false")))
        .contains(new Credentials(Mechanism.CRAM_MD5, "me", "pw"));
  }

  @Test
  void theMessageGoesBeforeTheOptions() {
    message.context().set("outbound_smtp_auth_type", "XOAUTH2");
    message.context().set("outbound_smtp_auth_pass", "token");
    assertThat(who(new OutboundSmtpAuthentication.Options(AuthType.PLAIN, "me", "pw", "false")))
        .contains(new Credentials(Mechanism.XOAUTH2, "me", "token"));
    message.context().set("outbound_smtp_auth_type", "CRAM-MD5");
    assertThat(
            who(new OutboundSmtpAuthentication.Options(AuthType.PLAIN, "me", "pw", "false"))
                .orElseThrow()
                .mechanism())
        .isEqualTo(Mechanism.CRAM_MD5);
    message.context().set("outbound_smtp_auth_type", "nonsense");
    assertThat(who(new OutboundSmtpAuthentication.Options(AuthType.PLAIN, "me", "pw", "false")))
        .isEmpty();
  }

  @Test
  void policyIsAskedFirstAndGetsTheKey() {
    OutboundSmtpAuthConfig policy =
        (asked, key) -> asked.context().set("outbound_smtp_auth_user", "user of " + key);
    assertThat(
            who(new OutboundSmtpAuthentication.Options(AuthType.LOGIN, "me", "pw", "k1"), policy))
        .contains(new Credentials(Mechanism.LOGIN, "user of k1", "pw"));
  }

  @Test
  void noNulGoesOnTheWire() {
    message.context().set("outbound_smtp_auth_user", "a\0b");
    assertThat(who(new OutboundSmtpAuthentication.Options(AuthType.PLAIN, "me", "pw", "false")))
        .isEmpty();
  }
}
