package org.impetusmta.delivery.esmtp;

import java.util.Optional;
import java.util.function.Function;
import org.impetusmta.api.delivery.Credentials;
import org.impetusmta.api.hook.HookPoints.HookPoint;
import org.impetusmta.api.hook.OutboundSmtpAuth;
import org.impetusmta.api.message.Message;

/** What modules say of outbound authentication, for tests. */
record Auth(Function<Message, Optional<Credentials>> answer, boolean isEmpty)
    implements HookPoint<OutboundSmtpAuth> {
  static final Auth NONE = new Auth(message -> Optional.empty(), true);

  static Auth as(Credentials credentials) {
    return new Auth(message -> Optional.of(credentials), false);
  }

  static Auth by(Function<Message, Optional<Credentials>> answer) {
    return new Auth(answer, false);
  }

  static EsmtpDelivery anonymous() {
    return new EsmtpDelivery("client.example", Dialect.ESMTP, NONE);
  }

  @Override
  public <R> Optional<R> first(Function<? super OutboundSmtpAuth, Optional<R>> question) {
    OutboundSmtpAuth module = (delivery, message) -> answer.apply(message);
    return question.apply(module);
  }
}
