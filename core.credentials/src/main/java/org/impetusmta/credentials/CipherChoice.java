package org.impetusmta.credentials;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A block cipher, the octets of its key, and how blocks are chained. Immutable. Source:
 * executable.credmgr.
 *
 * @param cipher {@code aes}, {@code des_ede3} or {@code bf}
 * @param keySize octets
 * @param blockMode {@code gcm}, {@code cbc}, {@code ctr}, {@code cfb}, {@code ofb} or {@code ecb}
 */
public record CipherChoice(String cipher, int keySize, String blockMode) {
  private static final Map<String, List<Integer>> KEY_SIZES =
      Map.of("aes", List.of(32, 24, 16), "des_ede3", List.of(24), "bf", List.of(16, 24, 32));
  private static final List<String> MODES = List.of("gcm", "cbc", "ctr", "cfb", "ofb", "ecb");

  /** AES-256 that notices changes by itself; the manual's default mode is CBC. */
  public static final CipherChoice USUAL = new CipherChoice("aes", 32, "gcm");

  /** Looks whether they go together. */
  public CipherChoice {
    List<Integer> sizes = KEY_SIZES.get(cipher);
    if (sizes == null) {
      throw new IllegalArgumentException(
          "cipher "
              + cipher
              + ": expected aes, des_ede3 or bf, or one with its mode as aes_256_cbc");
    }
    if (!sizes.contains(keySize)) {
      throw new IllegalArgumentException(
          "key size " + keySize + ": for " + cipher + " expected one of " + sizes);
    }
    if (!MODES.contains(blockMode) || (blockMode.equals("gcm") && !cipher.equals("aes"))) {
      throw new IllegalArgumentException(
          "block mode %s: for %s expected one of %s"
              .formatted(
                  blockMode,
                  cipher,
                  cipher.equals("aes") ? MODES : MODES.subList(1, MODES.size())));
    }
  }

  /**
   * What switches say.
   *
   * @param cipher a name, with key bits and mode where it has them: {@code aes}, {@code
   *     aes-256-cbc}, {@code des_ede3_cbc}
   * @throws IllegalArgumentException where they do not go together
   */
  public static CipherChoice of(
      Optional<String> cipher, Optional<Integer> keySize, Optional<String> blockMode) {
    String name = cipher.orElse("aes").toLowerCase(Locale.ROOT).replace('-', '_');
    Optional<String> mode = blockMode.map(text -> text.toLowerCase(Locale.ROOT));
    for (String known : MODES) {
      if (name.endsWith("_" + known)) {
        name = name.substring(0, name.length() - known.length() - 1);
        mode = Optional.of(agreed("block mode", mode, known));
        break;
      }
    }
    Optional<Integer> size = keySize;
    if (name.matches("aes_?(128|192|256)")) {
      int octets = Integer.parseInt(name.substring(name.length() - 3)) / 8;
      size = Optional.of(agreed("key size", size, octets));
      name = "aes";
    }
    name =
        switch (name) {
          case "blowfish" -> "bf";
          case "des3", "desede", "3des" -> "des_ede3";
          default -> name;
        };
    int usualSize = KEY_SIZES.getOrDefault(name, List.of(32)).getFirst();
    return new CipherChoice(
        name, size.orElse(usualSize), mode.orElse(name.equals("aes") ? "gcm" : "cbc"));
  }

  private static <T> T agreed(String what, Optional<T> said, T named) {
    if (said.isPresent() && !said.get().equals(named)) {
      throw new IllegalArgumentException(
          "%s %s: the cipher's name says %s".formatted(what, said.get(), named));
    }
    return named;
  }

  /** As Java names the cipher. */
  String algorithm() {
    return switch (cipher) {
      case "aes" -> "AES";
      case "des_ede3" -> "DESede";
      default -> "Blowfish";
    };
  }

  /** As Java names all of it. */
  String transformation() {
    boolean whole = blockMode.equals("cbc") || blockMode.equals("ecb");
    return algorithm()
        + '/'
        + blockMode.toUpperCase(Locale.ROOT)
        + (whole ? "/PKCS5Padding" : "/NoPadding");
  }

  /** Octets of what each password is encrypted with beside the key; nobody uses it twice. */
  int nonceSize() {
    return switch (blockMode) {
      case "gcm" -> 12;
      case "ecb" -> 0;
      default -> cipher.equals("aes") ? 16 : 8;
    };
  }
}
