package org.impetusmta.core.module;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSigner;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

/**
 * What the octets of a jar say of who signed it. Every entry counts but the signature's own files;
 * a digest that does not fit, an entry without a signature and a name that comes twice are defects.
 * What counts as a signature, weak digests left out, is the JDK's judgement. Immutable. Source: JAR
 * file specification.
 *
 * @param chains the certificates of those who signed every entry, each with its own in front
 * @param defect why the jar cannot be taken as signed at all
 */
record JarSignature(List<List<X509Certificate>> chains, Optional<String> defect) {
  JarSignature {
    chains = List.copyOf(chains);
  }

  /** A jar whose signature nobody looked at. */
  static JarSignature defect(String why) {
    return new JarSignature(List.of(), Optional.of(why));
  }

  /** Reads a jar from its octets, which are those that the framework is given. */
  static JarSignature of(byte[] jar) throws IOException {
    Path file = Files.createTempFile("impetus-module", ".jar");
    try {
      Files.write(file, jar);
      return read(file);
    } finally {
      Files.delete(file);
    }
  }

  private static JarSignature read(Path file) throws IOException {
    Set<String> names = new HashSet<>();
    Set<List<X509Certificate>> signedAll = null;
    try (JarFile jar = new JarFile(file.toFile(), true)) {
      List<JarEntry> entries = Collections.list(jar.entries());
      for (JarEntry entry : entries) {
        if (!names.add(entry.getName())) {
          return defect("the entry " + entry.getName() + " is there twice");
        }
      }
      for (JarEntry entry : entries) {
        if (entry.isDirectory() || ofSignature(entry.getName())) {
          continue;
        }
        try (InputStream in = jar.getInputStream(entry)) {
          in.transferTo(java.io.OutputStream.nullOutputStream()); // verifies
        }
        Set<List<X509Certificate>> signers = signers(entry);
        if (signers.isEmpty()) {
          return defect("the entry " + entry.getName() + " is not signed");
        }
        if (signedAll == null) {
          signedAll = signers;
        }
        signedAll.retainAll(signers);
      }
      Manifest manifest = jar.getManifest();
      if (manifest != null) {
        for (String signed : manifest.getEntries().keySet()) {
          if (!names.contains(signed)) {
            return defect("the entry " + signed + ", which was signed, is missing");
          }
        }
      }
    } catch (SecurityException e) {
      return defect("it was changed after it was signed: " + e.getMessage());
    }
    return signedAll == null
        ? defect("it is empty")
        : new JarSignature(new ArrayList<>(signedAll), Optional.empty());
  }

  /** The files that hold the signature, which cannot be signed themselves. */
  private static boolean ofSignature(String name) {
    String upper = name.toUpperCase(Locale.ROOT);
    if (!upper.startsWith("META-INF/") || upper.indexOf('/', 9) >= 0) {
      return false;
    }
    return upper.equals(JarFile.MANIFEST_NAME)
        || upper.endsWith(".SF")
        || upper.endsWith(".RSA")
        || upper.endsWith(".DSA")
        || upper.endsWith(".EC");
  }

  private static Set<List<X509Certificate>> signers(JarEntry entry) {
    Set<List<X509Certificate>> chains = new HashSet<>();
    CodeSigner[] signers = entry.getCodeSigners();
    if (signers != null) {
      for (CodeSigner signer : signers) {
        chains.add(
            Arrays.stream(
                    signer.getSignerCertPath().getCertificates().toArray(new X509Certificate[0]))
                .toList());
      }
    }
    return chains;
  }
}
