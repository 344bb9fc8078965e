package org.impetusmta.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.callback.PasswordCallback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.sasl.RealmCallback;
import javax.security.sasl.Sasl;
import javax.security.sasl.SaslClient;
import org.jspecify.annotations.Nullable;

/**
 * Shows a control listener who types, on every connection that is made to it: DIGEST-MD5, CRAM-MD5
 * or LOGIN (docs/console-protocol.md). The password is asked for once, and only by a server that
 * wants it. Single.
 */
final class Login {
  private final String user;
  private final Function<String, String> prompt;
  private @Nullable String password;

  /**
   * @param user empty: nobody
   * @param prompt asks for the password of a user
   */
  Login(String user, Function<String, String> prompt) {
    this.user = user;
    this.prompt = prompt;
  }

  /** Whether a server wanted to know. */
  boolean wasAsked() {
    return password != null;
  }

  /**
   * @throws IOException when the server does not believe it
   */
  void authenticate(ControlConnection connection) throws IOException {
    if (user.isEmpty()) {
      return;
    }
    ControlConnection.Answer offer = connection.request("\\auth");
    if (!offer.ok() || offer.text().isBlank()) {
      return; // an older server, or one that asks nobody
    }
    List<String> offered = offer.text().lines().toList();
    String secret = password;
    if (secret == null) {
      secret = prompt.apply(user);
    }
    if (offered.contains("DIGEST-MD5")) {
      sasl(connection, "DIGEST-MD5", secret);
    } else if (offered.contains("CRAM-MD5")) {
      sasl(connection, "CRAM-MD5", secret);
    } else if (offered.contains("LOGIN")) {
      challenge(connection.request("\\auth LOGIN " + base64(octets(user))));
      done(connection.request("\\respond " + base64(octets(secret))));
    } else {
      throw new IOException("the server wants " + String.join(" or ", offered));
    }
    password = secret;
  }

  private void sasl(ControlConnection connection, String mechanism, String secret)
      throws IOException {
    SaslClient client =
        Sasl.createSaslClient(
            new String[] {mechanism},
            null,
            "console",
            connection.server().split(" ", 2)[0],
            Map.of(),
            callbacks -> answer(callbacks, secret));
    ControlConnection.Answer said = connection.request("\\auth " + mechanism);
    while (said.ok() && said.text().startsWith("challenge")) {
      byte[] response = client.evaluateChallenge(challenge(said));
      said = connection.request("\\respond " + base64(response == null ? new byte[0] : response));
    }
    done(said);
  }

  private void answer(Callback[] callbacks, String secret) throws UnsupportedCallbackException {
    for (Callback callback : callbacks) {
      switch (callback) {
        case NameCallback name -> name.setName(user);
        case PasswordCallback typed -> typed.setPassword(secret.toCharArray());
        case RealmCallback realm -> realm.setText(realm.getDefaultText());
        default -> throw new UnsupportedCallbackException(callback);
      }
    }
  }

  private static byte[] challenge(ControlConnection.Answer said) throws IOException {
    String text = said.text().strip();
    if (!said.ok() || !text.startsWith("challenge")) {
      throw new IOException(text);
    }
    return Base64.getDecoder().decode(text.substring("challenge".length()).strip());
  }

  private static void done(ControlConnection.Answer said) throws IOException {
    if (!said.ok()) {
      throw new IOException(said.text().strip());
    }
  }

  private static byte[] octets(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String base64(byte[] octets) {
    return octets.length == 0 ? "=" : Base64.getEncoder().encodeToString(octets);
  }
}
