package org.impetusmta.listener.control;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.testkit.smtp.FlatGeneration;

/** A {@code Control_Listener} stanza made of {@code Listen}s and their options. */
record ToyStanza(Map<String, Options> listens, Map<String, String> auth) implements ModuleStanza {
  static final Options DEFAULT = options(0660, Duration.ofSeconds(60));

  /** Of one Listen, but the timeout, which is the same for all. */
  record Options(boolean enable, int mode, Duration timeout) {}

  static Options options(int mode, Duration timeout) {
    return new Options(true, mode, timeout);
  }

  ToyStanza(Map<String, Options> listens) {
    this(listens, Map.of());
  }

  static ToyStanza of(Object... addresses) {
    Map<String, Options> listens = new LinkedHashMap<>();
    for (Object address : addresses) {
      listens.put(address.toString(), DEFAULT);
    }
    return new ToyStanza(listens);
  }

  @Override
  public String module() {
    return "control_listener";
  }

  @Override
  public String instance() {
    return "control_listener";
  }

  @Override
  public Stanza stanza() {
    return new Part(
        "control_listener",
        Optional.empty(),
        listens.keySet().stream()
            .<Stanza>map(name -> new Part("listen", Optional.of(name), List.of()))
            .toList());
  }

  @Override
  public Generation generation() {
    return new Generation() {
      @Override
      public long number() {
        return 1;
      }

      @Override
      public long reloads() {
        return 1;
      }

      @Override
      public <T extends Record> T options(Class<T> type, ScopePath path) {
        String listen = ((ScopePath.Receiving) path).listen();
        Options said =
            listen.isEmpty()
                ? listens.values().iterator().next()
                : listens.getOrDefault(listen, DEFAULT);
        if (type == ControlOptions.class) {
          return type.cast(new ControlOptions(said.timeout()));
        }
        if (type == ControlAuthOptions.class) {
          return new FlatGeneration(1, 1, auth, List.of()).options(type, path);
        }
        Map<String, String> values =
            Map.of(
                "enable", Boolean.toString(said.enable()),
                "file_mode", Integer.toOctalString(said.mode()));
        return new FlatGeneration(1, 1, values, List.of()).options(type, path);
      }

      @Override
      public List<Stanza> stanzas(String name) {
        return List.of();
      }
    };
  }

  @Override
  public <T extends Record> T options(Class<T> type) {
    throw new UnsupportedOperationException();
  }

  private record Part(String name, Optional<String> instance, List<Stanza> inside)
      implements Stanza {
    @Override
    public List<Stanza> children(String wanted) {
      return wanted.equals("listen") ? inside : List.of();
    }

    @Override
    public int order() {
      return 0;
    }

    @Override
    public String position() {
      return "test.conf:7";
    }
  }
}
