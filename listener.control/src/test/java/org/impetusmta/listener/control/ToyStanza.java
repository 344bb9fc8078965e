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

/** A {@code Control_Listener} stanza made of {@code Listen}s and their options. */
record ToyStanza(Map<String, ControlOptions> listens) implements ModuleStanza {
  static final ControlOptions DEFAULT = options(0660, Duration.ofSeconds(60));

  static ControlOptions options(int mode, Duration timeout) {
    return new ControlOptions(true, mode, 500, timeout);
  }

  static ToyStanza of(Object... addresses) {
    Map<String, ControlOptions> listens = new LinkedHashMap<>();
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
        return type.cast(listens.getOrDefault(listen, DEFAULT));
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
