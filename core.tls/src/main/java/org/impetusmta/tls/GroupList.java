package org.impetusmta.tls;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.config.OptionValue;

/**
 * Groups for the key exchange as {@code tls_ec_curve_names} names them, the preferred first. One
 * TLS engine must have all of them. Immutable. Source: the page tls_ec_curve_names of the manual.
 *
 * @param groups not empty
 */
@OptionValue(expected = "groups for the key exchange, separated by colons: secp384r1:prime256v1")
public record GroupList(List<Group> groups) {
  /** A group, under the names that it goes by; empty where an engine does not have it. */
  public enum Group {
    X25519("x25519", "X25519"),
    X448("x448", ""),
    SECP256R1("secp256r1", "P-256"),
    SECP384R1("secp384r1", "P-384"),
    SECP521R1("secp521r1", "P-521"),
    FFDHE2048("ffdhe2048", ""),
    FFDHE3072("ffdhe3072", ""),
    FFDHE4096("ffdhe4096", ""),
    FFDHE6144("ffdhe6144", ""),
    FFDHE8192("ffdhe8192", ""),
    X25519MLKEM768("", "X25519MLKEM768"),
    MLKEM1024("", "MLKEM1024");

    private final String jdk;
    private final String boringssl;

    Group(String jdk, String boringssl) {
      this.jdk = jdk;
      this.boringssl = boringssl;
    }

    private boolean called(String name) {
      return name.equalsIgnoreCase(jdk)
          || name.equalsIgnoreCase(boringssl)
          || (this == SECP256R1 && name.equalsIgnoreCase("prime256v1"));
    }
  }

  public GroupList {
    groups = List.copyOf(groups);
  }

  /** Reads a list. */
  public static GroupList parse(String text) {
    List<Group> groups = new ArrayList<>();
    for (String word : text.split(":", -1)) {
      Optional<Group> group =
          Arrays.stream(Group.values())
              .filter(one -> !word.isEmpty() && one.called(word))
              .findFirst();
      groups.add(
          group.orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "invalid curve or group list: \"" + word + "\" is unknown in this build")));
    }
    GroupList list = new GroupList(groups);
    if (!list.jdk() && !list.boringssl()) {
      throw new IllegalArgumentException(
          "invalid curve or group list: no TLS engine of this build has all of these");
    }
    return list;
  }

  /** Whether the JDK's engine has all of them. */
  boolean jdk() {
    return groups.stream().noneMatch(group -> group.jdk.isEmpty());
  }

  /** Whether BoringSSL has all of them. */
  boolean boringssl() {
    return groups.stream().noneMatch(group -> group.boringssl.isEmpty());
  }

  /** As the JDK calls them. */
  public String[] jdkNames() {
    return groups.stream().map(group -> group.jdk).toArray(String[]::new);
  }

  /** As BoringSSL calls them. */
  public String[] boringsslNames() {
    return groups.stream().map(group -> group.boringssl).toArray(String[]::new);
  }
}
