package org.impetusmta.testkit.module;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.testkit.smtp.FlatGeneration;

/** What a module instance is started for, and the generation that says it. Safe for any thread. */
public final class TestModule implements ModuleStanza, Generation {
  private final TestStanza stanza;
  private final TestStanza global;

  private TestModule(TestStanza stanza, TestStanza global) {
    this.stanza = stanza;
    this.global = global;
  }

  /**
   * The properties that a component is activated with.
   *
   * @param stanza the module's own
   * @param others beside it at the top
   */
  public static Map<String, Object> properties(TestStanza stanza, TestStanza... others) {
    TestStanza global = TestStanza.of("global").with(stanza);
    Arrays.stream(others).forEach(global::with);
    return Map.of(PROPERTY, new TestModule(stanza, global));
  }

  @Override
  public String module() {
    return stanza.name();
  }

  @Override
  public String instance() {
    return stanza.instance().orElse(stanza.name());
  }

  @Override
  public Stanza stanza() {
    return stanza;
  }

  @Override
  public Generation generation() {
    return this;
  }

  @Override
  public <T extends Record> T options(Class<T> type) {
    return options(type, new ScopePath.Within(stanza));
  }

  @Override
  public <T extends Record> T options(Class<T> type, ScopePath path) {
    TestStanza said =
        path instanceof ScopePath.Within(Stanza inner) && inner instanceof TestStanza test
            ? test
            : global;
    return new FlatGeneration(1, 1, said.values(), List.of()).options(type, path);
  }

  @Override
  public long number() {
    return 1;
  }

  @Override
  public long reloads() {
    return 1;
  }

  @Override
  public List<Stanza> stanzas(String name) {
    return global.children(name);
  }
}
