package org.impetusmta.core.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.Authentication.Step;
import org.impetusmta.api.auth.StoredPassword;
import org.impetusmta.api.tls.InboundTls;
import org.jspecify.annotations.Nullable;

/**
 * SCRAM (RFC 5802, 7677), bound to the channel by {@code tls-server-end-point} (RFC 5929) where it
 * is a -PLUS. A user that is not there gets a salt of its own that stays the same, so that names
 * cannot be tried. Single.
 */
final class Scram implements Mechanism {
  private static final String BINDING = "tls-server-end-point";

  private final Attempt attempt;
  private final String hash;
  private final String hmac;
  private final String serverNonce;
  private final byte[] salt;
  private final byte[] pepper;
  private String gs2 = "";
  private String firstBare = "";
  private String serverFirst = "";
  private String nonce = "";
  private StoredPassword.@Nullable Scram keys;
  private boolean known;
  private boolean proved;

  /**
   * @param serverNonce digits that nobody can guess
   * @param salt for passwords in the clear
   * @param pepper what salts of users that are not there are made of
   */
  Scram(Attempt attempt, String serverNonce, byte[] salt, byte[] pepper) {
    this.attempt = attempt;
    this.hash = attempt.mechanism().sasl().contains("SHA-256") ? "SHA-256" : "SHA-1";
    this.hmac = ScramKeys.hmac(hash);
    this.serverNonce = serverNonce;
    this.salt = salt;
    this.pepper = pepper;
  }

  @Override
  public Step step(byte @Nullable [] response) throws AuthException {
    if (response == null) {
      return proved ? attempt.passed() : new Step.Challenge(new byte[0]);
    }
    String text = Attempt.text(response, 0, response.length);
    if (proved) {
      return response.length == 0
          ? attempt.passed()
          : attempt.malformed("SCRAM: octets after the end");
    }
    if (text == null) {
      return attempt.malformed("SCRAM: not UTF-8");
    }
    return serverFirst.isEmpty() ? first(text) : last(text);
  }

  private Step first(String text) throws AuthException {
    int flag = text.indexOf(',');
    int bare = flag < 0 ? -1 : text.indexOf(',', flag + 1);
    if (bare < 0) {
      return attempt.malformed("SCRAM: no GS2 header");
    }
    String binding = text.substring(0, flag);
    String identity = text.substring(flag + 1, bare);
    gs2 = text.substring(0, bare + 1);
    firstBare = text.substring(bare + 1);
    String[] attributes = firstBare.split(",", -1);
    if (attributes.length < 2
        || !attributes[0].startsWith("n=")
        || !attributes[1].startsWith("r=")
        || attributes[1].length() < 10
        || !attributes[1].chars().allMatch(c -> c > ' ' && c <= '~')) {
      return attempt.malformed("SCRAM: no name and nonce");
    }
    Optional<String> user = name(attributes[0].substring(2));
    if (user.isEmpty()) {
      return attempt.malformed("SCRAM: no name");
    }
    attempt.user(user.get());
    if (!identity.isEmpty()
        && !(identity.startsWith("a=") && name(identity.substring(2)).equals(user))) {
      return attempt.failed("one user does not act as another");
    }
    String refusal = refusedBinding(binding);
    if (refusal != null) {
      return attempt.failed(refusal);
    }
    StoredPassword.Scram found = find(user.get());
    keys = found;
    nonce = attributes[1].substring(2) + serverNonce;
    serverFirst =
        "r=%s,s=%s,i=%d"
            .formatted(nonce, Base64.getEncoder().encodeToString(found.salt()), found.iterations());
    return new Step.Challenge(serverFirst.getBytes(StandardCharsets.UTF_8));
  }

  private @Nullable String refusedBinding(String flag) {
    boolean plus = attempt.mechanism().bindsChannel();
    if (plus) {
      return flag.equals("p=" + BINDING) ? null : "SCRAM: another channel binding: only " + BINDING;
    }
    AuthMechanism bound =
        hash.equals("SHA-256") ? AuthMechanism.SCRAM_SHA_256_PLUS : AuthMechanism.SCRAM_SHA_1_PLUS;
    return switch (flag) {
      case "n" -> null;
      case "y" ->
          // the client could bind, and believes that we cannot: somebody took our offer away
          attempt.client().offered().contains(bound)
              ? "SCRAM: the offer of -PLUS did not reach the client"
              : null;
      default -> "SCRAM: channel binding without -PLUS";
    };
  }

  private StoredPassword.Scram find(String user) throws AuthException {
    boolean other = false;
    for (StoredPassword stored : attempt.passwords()) {
      if (stored instanceof StoredPassword.Scram scram && scram.hash().equals(hash)) {
        known = true;
        return scram;
      }
      if (stored instanceof StoredPassword.Clear(String password) && !password.isEmpty()) {
        try {
          known = true;
          return ScramKeys.of(hash, password, salt, ScramKeys.ITERATIONS);
        } catch (IllegalArgumentException prohibited) {
          throw new AuthException("SCRAM: the stored password holds prohibited characters");
        }
      }
      other = true;
    }
    if (other) {
      throw new AuthException("nothing is stored that SCRAM-" + hash + " could use");
    }
    byte[] made =
        Arrays.copyOf(Hashes.hmac("HmacSHA256", pepper, user.getBytes(StandardCharsets.UTF_8)), 16);
    return new StoredPassword.Scram(hash, made, ScramKeys.ITERATIONS, new byte[0], new byte[0]);
  }

  private Step last(String text) throws AuthException {
    int proofAt = text.lastIndexOf(",p=");
    StoredPassword.Scram against = keys;
    if (proofAt < 0 || against == null) {
      return attempt.malformed("SCRAM: no proof");
    }
    String withoutProof = text.substring(0, proofAt);
    String[] attributes = withoutProof.split(",", -1);
    byte[] proof;
    byte[] header;
    try {
      proof = Base64.getDecoder().decode(text.substring(proofAt + 3));
      header =
          Base64.getDecoder()
              .decode(attributes[0].startsWith("c=") ? attributes[0].substring(2) : "*");
    } catch (IllegalArgumentException e) {
      return attempt.malformed("SCRAM: no base64");
    }
    if (attributes.length < 2 || !attributes[1].equals("r=" + nonce)) {
      return attempt.failed("SCRAM: another nonce");
    }
    if (!MessageDigest.isEqual(header, binding())) {
      return attempt.failed("SCRAM: another channel");
    }
    byte[] message =
        (firstBare + "," + serverFirst + "," + withoutProof).getBytes(StandardCharsets.UTF_8);
    byte[] signature = Hashes.hmac(hmac, orZeros(against.storedKey()), message);
    if (!known || proof.length != signature.length) {
      return attempt.failed("wrong user or password");
    }
    byte[] clientKey = new byte[proof.length];
    for (int i = 0; i < proof.length; i++) {
      clientKey[i] = (byte) (proof[i] ^ signature[i]);
    }
    if (!MessageDigest.isEqual(Hashes.digest(hash, clientKey), against.storedKey())) {
      return attempt.failed("wrong user or password");
    }
    proved = true;
    String verifier =
        "v=" + Base64.getEncoder().encodeToString(Hashes.hmac(hmac, against.serverKey(), message));
    return new Step.Challenge(verifier.getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] orZeros(byte[] key) {
    return key.length == 0 ? new byte[32] : key;
  }

  /** The GS2 header, and what identifies the channel behind it. */
  private byte[] binding() throws AuthException {
    byte[] header = gs2.getBytes(StandardCharsets.UTF_8);
    if (!attempt.mechanism().bindsChannel()) {
      return header;
    }
    byte[] end =
        attempt
            .client()
            .tls()
            .flatMap(InboundTls::serverEndPoint)
            .orElseThrow(() -> new AuthException("SCRAM: nothing to bind to"));
    byte[] both = Arrays.copyOf(header, header.length + end.length);
    System.arraycopy(end, 0, both, header.length, end.length);
    return both;
  }

  /** A name with its {@code =2C} and {@code =3D} decoded. */
  private static Optional<String> name(String written) {
    StringBuilder name = new StringBuilder(written.length());
    for (int i = 0; i < written.length(); i++) {
      char c = written.charAt(i);
      if (c != '=') {
        name.append(c);
      } else if (written.startsWith("2C", i + 1) || written.startsWith("3D", i + 1)) {
        name.append(written.charAt(i + 1) == '2' ? ',' : '=');
        i += 2;
      } else {
        return Optional.empty();
      }
    }
    try {
      return Optional.of(Prepared.of(name.toString())).filter(Attempt::isName);
    } catch (IllegalArgumentException prohibited) {
      return Optional.empty();
    }
  }
}
