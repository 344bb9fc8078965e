package org.impetusmta.module.pipe_transport;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.delivery.DeliveryMethod;
import org.impetusmta.api.delivery.LocalDelivery;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.scheduler.Scheduler;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Hands the mail of some domains to a program of this machine, one process for each message, which
 * reads the content from its standard input. There is no shell. Mail is in the spool first; what
 * the program's exit status means decides whether it is delivered, attempted again or returned.
 * Concurrent. Source: modules.pipe_transport.
 */
@Module(name = "pipe_transport", kind = Module.Kind.IO_SYSTEM, description = "Mail to a program")
@Component(factory = Module.FACTORY + "pipe_transport", service = DeliveryMethod.class)
public final class PipeTransport extends LocalDelivery {
  /** The options of a pipe_transport stanza. */
  @OptionSet("pipe_transport")
  public record Options(
      @Option(doc = "the program, an absolute path") Optional<String> programName,
      @Option(
              doc =
                  "its arguments; %{sender}, %{recipient}, %{localpart}, %{domain} and %{id} are"
                      + " replaced")
          List<String> arguments,
      @Option(doc = "the domains whose mail it gets") List<String> domain,
      @Option(value = "/dev/null", doc = "file that its output is appended to") String outputFile,
      @Option(value = "/dev/null", doc = "file that its error output is appended to")
          String errorFile,
      @Option(doc = "what an exit status means: \"STATUS\" = \"CODE text\"")
          Map<String, String> code,
      @Option(value = "300", min = 1, doc = "seconds after which it is killed and the mail waits")
          Duration timeout,
      @Option(value = "10", min = 1, max = 1000, doc = "programs that run at a time")
          int concurrency) {}

  private final Set<String> domains = new HashSet<>();
  private final Arguments arguments;
  private final ExitStatus status;
  private final Program program;

  @Activate
  public PipeTransport(Map<String, Object> properties, @Reference Scheduler scheduler)
      throws ConfigException {
    this(
        ModuleStanza.of(properties).instance(),
        ModuleStanza.of(properties).options(Options.class),
        scheduler);
  }

  PipeTransport(String instance, Options options, Scheduler scheduler) throws ConfigException {
    super(instance, scheduler.pool("IO"), options.concurrency());
    String path = options.programName().orElse("");
    if (!path.startsWith("/")) {
      throw new ConfigException("program_name = \"" + path + "\": expected an absolute path");
    }
    for (String domain : options.domain()) {
      domains.add(domain.toLowerCase(Locale.ROOT));
    }
    arguments = new Arguments(path, options.arguments());
    status = new ExitStatus(options.code());
    program = new Program(options.outputFile(), options.errorFile(), options.timeout());
  }

  @Override
  public boolean claims(String domain) {
    return domains.contains(domain);
  }

  @Override
  protected Reply deliver(Message message, Body body) {
    Optional<List<String>> command = arguments.of(message);
    if (command.isEmpty()) {
      return new Reply(553, "5.1.3", "[internal] address cannot be given to a program");
    }
    return switch (program.run(message.id().toString(), command.get(), body)) {
      case Program.Exited exited -> status.reply(exited.status());
      case Program.TimedOut _ -> new Reply(451, "4.3.0", "[internal] pipe transport took too long");
      case Program.NotStarted _ ->
          new Reply(451, "4.3.0", "[internal] pipe transport could not be started");
    };
  }

  /** Kills what still runs: its mail is attempted again. */
  @Deactivate
  void deactivate() {
    program.killAll();
  }
}
