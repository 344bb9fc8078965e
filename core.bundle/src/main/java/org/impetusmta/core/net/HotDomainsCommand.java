package org.impetusmta.core.net;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The console command {@code hot_domains list [json]}: which event loop keeps the queues of each
 * hot domain, for the default binding, and the number of its thread as {@code top -H} shows it.
 * Concurrent. Source: hot-domains-list of the newer manual.
 */
@Component(service = ConsoleCommand.class)
public final class HotDomainsCommand implements ConsoleCommand {
  private static final Path THREADS = Path.of("/proc/self/task");

  /** What the kernel keeps of a thread's name. */
  private static final int LONGEST_NAME = 15;

  private final NettyScheduler scheduler;

  @Activate
  public HotDomainsCommand(@Reference NettyScheduler scheduler) {
    this.scheduler = scheduler;
  }

  @Override
  public String name() {
    return "hot_domains list";
  }

  @Override
  public String synopsis() {
    return "[json]";
  }

  @Override
  public String summary() {
    return "Shows which event loop keeps the queues of each hot domain";
  }

  @Override
  public List<String> complete(List<String> arguments) {
    return arguments.size() == 1 && "json".startsWith(arguments.getFirst())
        ? List.of("json")
        : List.of();
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    List<String> words = invocation.arguments();
    boolean json = words.equals(List.of("json"));
    if (!json && !words.isEmpty()) {
      throw new ConsoleException("expected hot_domains list, or hot_domains list json");
    }
    Map<String, Long> threads = threads();
    List<String> names = scheduler.hotDomains();
    if (json) {
      invocation.println("[");
    }
    for (int i = 0; i < names.size(); i++) {
      String domain = names.get(i);
      String loop = scheduler.threadOf("default", domain);
      long thread = threads.getOrDefault(cut(loop), 0L);
      if (json) {
        invocation.printf(
            "  { \"domain\": \"%s\", \"tid\": %d, \"event_loop\": \"%s\" }%s",
            quoted(domain), thread, quoted(loop), i < names.size() - 1 ? "," : "");
      } else {
        invocation.println("Hot domain: " + domain);
        invocation.println("\tEvent loop: " + loop);
        invocation.println("\tThread ID (TID/PID): " + thread);
        invocation.println("");
      }
    }
    if (json) {
      invocation.println("]");
    }
  }

  private static String quoted(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"");
  }

  private static String cut(String name) {
    return name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) : name;
  }

  /** The kernel's numbers of this process's threads by name; empty where it does not tell. */
  private static Map<String, Long> threads() throws ConsoleException {
    Map<String, Long> threads = new HashMap<>();
    if (!Files.isDirectory(THREADS)) {
      return threads;
    }
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(THREADS)) {
      for (Path task : tasks) {
        Path name = task.resolve("comm");
        if (Files.isReadable(name)) {
          threads.put(
              Files.readString(name).strip(), Long.parseLong(String.valueOf(task.getFileName())));
        }
      }
    } catch (IOException e) {
      throw new ConsoleException("the threads cannot be read: " + e.getMessage());
    }
    return threads;
  }
}
