package org.impetusmta.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Certificates and a private key out of a file (RFC 7468): PKCS#8, and the older forms for RSA
 * (PKCS#1) and elliptic curves (SEC 1) that OpenSSL writes. Text between the blocks is passed over.
 * Thread-safety: read-only; reads files.
 */
public final class PemFile {
  private static final long LARGEST = 16L * 1024 * 1024;
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9. ]+)-----([A-Za-z0-9+/=\\s]*+)-----END \\1-----");

  /** One block. */
  private static final class Block {
    final String label;
    final byte[] octets;

    Block(String label, byte[] octets) {
      this.label = label;
      this.octets = octets;
    }
  }

  private PemFile() {}

  /**
   * The certificates in {@code file}, in order; at least one.
   *
   * @throws IOException when there is none, or it cannot be read; names the file
   */
  public static List<X509Certificate> certificates(Path file) throws IOException {
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      List<X509Certificate> certificates = new ArrayList<>();
      for (Block block : blocks(file)) {
        if (block.label.equals("CERTIFICATE") || block.label.equals("TRUSTED CERTIFICATE")) {
          certificates.add(
              (X509Certificate)
                  factory.generateCertificate(new ByteArrayInputStream(block.octets)));
        }
      }
      if (certificates.isEmpty()) {
        throw new IOException(file + ": no certificate in PEM form");
      }
      return List.copyOf(certificates);
    } catch (GeneralSecurityException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  /**
   * The private key in {@code file}.
   *
   * @throws IOException when there is none, or it cannot be read; names the file
   */
  public static PrivateKey key(Path file) throws IOException {
    for (Block block : blocks(file)) {
      switch (block.label) {
        case "PRIVATE KEY" -> {
          return decode(file, block.octets, "RSA", "EC", "Ed25519", "RSASSA-PSS");
        }
        case "RSA PRIVATE KEY" -> {
          return decode(file, Der.pkcs8(Der.RSA, block.octets), "RSA");
        }
        case "EC PRIVATE KEY" -> {
          return decode(file, Der.pkcs8(Der.ellipticCurve(block.octets), block.octets), "EC");
        }
        case "ENCRYPTED PRIVATE KEY" ->
            throw new IOException(file + ": the private key is encrypted");
        default -> {} // certificates, parameters
      }
    }
    throw new IOException(file + ": no private key in PEM form");
  }

  /**
   * What the first block in {@code file} with one of the {@code labels} holds.
   *
   * @throws IOException when there is none, or it cannot be read; names the file
   */
  static byte[] block(Path file, String... labels) throws IOException {
    for (Block block : blocks(file)) {
      if (List.of(labels).contains(block.label)) {
        return block.octets;
      }
    }
    throw new IOException(file + ": no " + labels[0] + " in PEM form");
  }

  private static PrivateKey decode(Path file, byte[] octets, String... algorithms)
      throws IOException {
    for (String algorithm : algorithms) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(octets));
      } catch (InvalidKeySpecException _) {
        // a key of another kind
      } catch (GeneralSecurityException e) {
        throw new IOException(file + ": " + e.getMessage(), e);
      }
    }
    throw new IOException(file + ": no private key of a known kind");
  }

  private static List<Block> blocks(Path file) throws IOException {
    if (Files.size(file) > LARGEST) {
      throw new IOException(file + ": too large");
    }
    String text = Files.readString(file, StandardCharsets.ISO_8859_1);
    Matcher matcher = BLOCK.matcher(text);
    List<Block> blocks = new ArrayList<>();
    while (matcher.find()) {
      try {
        blocks.add(new Block(matcher.group(1), Base64.getMimeDecoder().decode(matcher.group(2))));
      } catch (IllegalArgumentException e) {
        throw new IOException(file + ": broken PEM block", e);
      }
    }
    return blocks;
  }
}
