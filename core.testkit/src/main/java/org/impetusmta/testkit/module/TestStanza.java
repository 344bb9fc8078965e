package org.impetusmta.testkit.module;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.config.Stanza;

/** A stanza that a test writes in Java, with others inside it. Not to be changed once in use. */
public final class TestStanza implements Stanza {
  private final String name;
  private final Optional<String> instance;
  private final Map<String, String> values = new LinkedHashMap<>();
  private final List<Stanza> inner = new ArrayList<>();

  private TestStanza(String name, Optional<String> instance) {
    this.name = name;
    this.instance = instance;
  }

  /** {@code name { }}. */
  public static TestStanza of(String name) {
    return new TestStanza(name, Optional.empty());
  }

  /** {@code name "instance" { }}. */
  public static TestStanza of(String name, String instance) {
    return new TestStanza(name, Optional.of(instance));
  }

  /**
   * Says an option.
   *
   * @param value as {@link org.impetusmta.testkit.smtp.FlatGeneration} reads it
   */
  public TestStanza say(String option, String value) {
    values.put(option, value);
    return this;
  }

  /** Puts a stanza inside. */
  public TestStanza with(TestStanza stanza) {
    inner.add(stanza);
    return this;
  }

  /** What is said here. */
  public Map<String, String> values() {
    return values;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Optional<String> instance() {
    return instance;
  }

  @Override
  public List<Stanza> children(String wanted) {
    return inner.stream().filter(stanza -> stanza.name().equals(wanted)).toList();
  }

  @Override
  public int order() {
    return 0;
  }

  @Override
  public String position() {
    return "test.conf:1";
  }
}
