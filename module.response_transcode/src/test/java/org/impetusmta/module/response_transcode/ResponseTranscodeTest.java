package org.impetusmta.module.response_transcode;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.regex.Pattern;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Reply;
import org.impetusmta.testkit.mx.OutboundMessage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ResponseTranscodeTest {
  private static Delivery scope(ResponseTranscode.Options options) {
    return (Delivery)
        Proxy.newProxyInstance(
            Delivery.class.getClassLoader(),
            new Class<?>[] {Delivery.class},
            (proxy, called, arguments) -> options);
  }

  @ParameterizedTest
  @CsvSource({
    "454 no such user ('.*'), 554 no such user $1, 454 no such user ''a'', 554 no such user ''a''",
    "454 no such user, 554 $0, 450 no such user, 450 no such user",
    "^5(\\d\\d) (.*)$, 4$1 $2, 550 5.1.1 gone, 450 5.1.1 gone",
    "gone, 450 4.2.0 later, 550 5.1.1 gone, 450 4.2.0 later",
    "gone, 250 fine, 550 gone, 550 gone",
    "gone, never mind, 550 gone, 550 gone",
    "gone(x)?, 450 a$1b$7, 550 gone, 450 ab",
    "timeout, 554 never, 451 4.4.2 [internal] timeout, 554 never",
    "timeout, 451 later, 554 5.4.2 [internal] timeout, 554 5.4.2 [internal] timeout",
  })
  void rewrites(String pattern, String replacement, String said, String result) {
    ResponseTranscode.Options options =
        new ResponseTranscode.Options(
            Optional.of(Pattern.compile(pattern)), Optional.of(replacement));
    assertThat(
            new ResponseTranscode()
                .deliveryResponse(
                    scope(options),
                    OutboundMessage.to("a@b.c", "\r\n"),
                    Stage.CONFIRMATION,
                    Reply.parse(said)))
        .isEqualTo(Reply.parse(result));
  }
}
