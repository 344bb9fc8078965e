package org.impetusmta.delivery.esmtp;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.impetusmta.api.delivery.Credentials;
import org.impetusmta.api.delivery.Credentials.Mechanism;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.hook.HookPoints.HookPoint;
import org.impetusmta.api.hook.OutboundSmtpAuth;
import org.impetusmta.api.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * AUTH (RFC 4954) with what modules say of the message that is first. A connection proves one
 * identity: a message with another, or with none, takes a new connection. A host that refuses, or
 * does not offer the mechanism, defers the message; nothing is sent without what was asked for.
 *
 * <p>Secrets leave in the buffer of the socket alone: traces show {@code ****}, replies to AUTH are
 * reported, challenges are not. Confined to the loop.
 */
final class AuthStep implements SessionStep {
  /** Octets of a command line (RFC 4954 section 4: the initial response has to fit). */
  private static final int MAX_COMMAND = 512;

  /** Octets of a challenge that are looked at. */
  private static final int MAX_CHALLENGE = 1024;

  private final EsmtpConnection connection;
  private final Opening opening;
  private final HookPoint<OutboundSmtpAuth> hook;

  /** Who the peer knows us as; null: nobody. */
  private @Nullable Credentials known;

  private @Nullable Credentials trying;

  /** Responses sent so far. */
  private int round;

  /** What is sent when the input at hand is used up. */
  private String response = "";

  AuthStep(EsmtpConnection connection, Opening opening, HookPoint<OutboundSmtpAuth> hook) {
    this.connection = connection;
    this.opening = opening;
    this.hook = hook;
  }

  private Optional<Credentials> wanted(Message message) {
    return hook.isEmpty()
        ? Optional.empty()
        : hook.first(module -> module.outboundSmtpAuth(connection.delivery(), message));
  }

  @Override
  public Fit fits(Message message) {
    if (known == null && hook.isEmpty()) {
      return Fit.AS_IT_IS;
    }
    Credentials credentials = wanted(message).orElse(null);
    if (known == null) {
      return credentials == null ? Fit.AS_IT_IS : Fit.STEP_AGAIN;
    }
    return known.equals(credentials) ? Fit.AS_IT_IS : Fit.NEW_CONNECTION;
  }

  @Override
  public boolean begin() {
    known = null;
    if (hook.isEmpty()) {
      return false;
    }
    Message first = connection.firstMessage();
    Credentials credentials = first == null ? null : wanted(first).orElse(null);
    if (credentials == null) {
      return false;
    }
    String sasl = credentials.mechanism().sasl();
    if (!connection.extensions().auth().contains(sasl)) {
      opening.refuse(Stage.AFTER_EHLO, Failures.session("remote host does not offer AUTH " + sasl));
      return true;
    }
    trying = credentials;
    round = 0;
    String initial =
        switch (credentials.mechanism()) {
          case PLAIN -> plain(credentials);
          case XOAUTH2 -> bearer(credentials);
          case LOGIN, CRAM_MD5 -> "";
        };
    String command = "AUTH " + sasl;
    boolean fits =
        !initial.isEmpty()
            && (credentials.mechanism() == Mechanism.XOAUTH2
                || command.length() + initial.length() + 3 <= MAX_COMMAND);
    if (fits) {
      round = 1;
      send(command + " " + initial, command + " ****");
    } else {
      send(command, command);
    }
    return true;
  }

  @Override
  public void replied(int code) {
    Credentials credentials = trying;
    if (code == 421) {
      connection.leave(Stage.AFTER_EHLO);
    } else if (code == 235 && credentials != null) {
      known = credentials;
      trying = null;
      opening.done();
    } else if (code == 334 && credentials != null) {
      response = answer(credentials, connection.reply().text()).orElse("*");
      round++;
      connection.proceedLater();
    } else if (EsmtpConnection.refusal(code)) {
      opening.refuse(Stage.AFTER_EHLO, Failures.session("AUTH refused: " + connection.reply()));
    } else {
      connection.outOfStep(Failures.OUT_OF_STEP);
    }
  }

  @Override
  public void proceed() {
    send(response, "****");
    response = "";
  }

  /** The response to a challenge; empty: there is none, the exchange is given up. */
  private Optional<String> answer(Credentials credentials, String challenge) {
    return switch (credentials.mechanism()) {
      case PLAIN -> round == 0 ? Optional.of(plain(credentials)) : Optional.empty();
      case LOGIN ->
          switch (round) {
            case 0 -> Optional.of(base64(credentials.user()));
            case 1 -> Optional.of(base64(credentials.secret()));
            default -> Optional.empty();
          };
      case CRAM_MD5 -> round == 0 ? digest(credentials, challenge) : Optional.empty();
      // 334 tells what is wrong with the token; an empty answer gets the reply that counts
      case XOAUTH2 -> round == 1 ? Optional.of("") : Optional.empty();
    };
  }

  /** RFC 4616: no authorization identity; a NUL before user and password, none behind. */
  static String plain(Credentials credentials) {
    return base64("\0" + credentials.user() + "\0" + credentials.secret());
  }

  private static String bearer(Credentials credentials) {
    return base64("user=" + credentials.user() + "\1auth=Bearer " + credentials.secret() + "\1\1");
  }

  /** RFC 2195 section 2. */
  static Optional<String> digest(Credentials credentials, String challenge) {
    if (challenge.length() > MAX_CHALLENGE) {
      return Optional.empty();
    }
    try {
      byte[] octets = Base64.getDecoder().decode(challenge.strip());
      Mac mac = Mac.getInstance("HmacMD5");
      byte[] key = credentials.secret().getBytes(StandardCharsets.UTF_8);
      mac.init(new SecretKeySpec(key.length == 0 ? new byte[1] : key, "HmacMD5"));
      return Optional.of(
          base64(credentials.user() + " " + HexFormat.of().formatHex(mac.doFinal(octets))));
    } catch (IllegalArgumentException | GeneralSecurityException noChallenge) {
      return Optional.empty();
    }
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private void send(String line, String shown) {
    ByteBuf out = connection.buffer(line.length() + 2);
    out.writeCharSequence(line, StandardCharsets.US_ASCII);
    out.writeShort('\r' << 8 | '\n');
    connection.sendSecret(out, shown, connection.options().ehloTimeout());
  }
}
