package org.impetusmta.core.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.impetusmta.api.console.Console;
import org.impetusmta.api.scheduler.EventLoop;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.api.scheduler.ThreadPool;
import org.junit.jupiter.api.Test;

final class BuiltInCommandsTest {
  private final ConsoleService console = new ConsoleService();
  private final Console.Session session = console.open("test");

  @Test
  void pidIsANumber() {
    console.addCommand(new Pid());
    assertThat(session.execute("pid").text()).isEqualTo(ProcessHandle.current().pid() + "\n");
  }

  @Test
  void versionAndSysinfoNameTheProduct() {
    console.addCommand(new Version("1.2.3"));
    console.addCommand(new Sysinfo("1.2.3"));
    assertThat(session.execute("version").text())
        .isEqualTo("Impetus Version: 1.2.3 (64-bit)\nproduct name: Impetus\n");
    assertThat(session.execute("sysinfo").text())
        .startsWith(session.execute("version").text())
        .contains("Java: ")
        .contains(System.getProperty("os.arch"));
  }

  @Test
  void shutdownAnswersBeforeItStops() {
    List<String> stopped = new ArrayList<>();
    Loop loop = new Loop();
    console.addCommand(new Shutdown(() -> stopped.add("framework"), loop));
    assertThat(session.execute("shutdown now").ok()).isFalse();
    assertThat(loop.later).isEmpty();
    assertThat(session.execute("shutdown").text()).isEqualTo("Shutting down\n");
    assertThat(stopped).isEmpty();
    loop.later.forEach(Runnable::run);
    assertThat(stopped).containsExactly("framework");
  }

  /** One loop whose timers fire when the test says so. */
  private static final class Loop implements Scheduler, EventLoop {
    private final List<Runnable> later = new ArrayList<>();

    @Override
    public List<EventLoop> loops() {
      return List.of(this);
    }

    @Override
    public EventLoop owner(String binding, String domain) {
      return this;
    }

    @Override
    public ThreadPool pool(String name) {
      throw new UnsupportedOperationException(name);
    }

    @Override
    public InstantSource clock() {
      return InstantSource.system();
    }

    @Override
    public int index() {
      return 0;
    }

    @Override
    public boolean inEventLoop() {
      return true;
    }

    @Override
    public void execute(Runnable task) {
      later.add(task);
    }

    @Override
    public Timer schedule(Runnable task, Duration delay) {
      later.add(task);
      return () -> later.remove(task);
    }

    @Override
    public <T> T unwrap(Class<T> type) {
      throw new UnsupportedOperationException(type.getName());
    }
  }
}
