package ${package};

import java.util.Map;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.hook.ValidateRcptto;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.reception.Transaction;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Refuses mail to one recipient, case ignored. One instance for each stanza. Read-only. */
@Module(
    name = "${artifactId}",
    kind = Module.Kind.VALIDATE,
    description = "Refuses mail to one recipient")
@Component(factory = Module.FACTORY + "${artifactId}", service = ValidateRcptto.class)
public final class ${className} implements ValidateRcptto {
  private final String recipient;

  /** The options of a ${artifactId} stanza: name, default and documentation are said here alone. */
  @OptionSet("${artifactId}")
  public record Options(
      @Option(value = "refused@example.com", doc = "whose mail is refused") String recipient) {}

  /** Made by the server, one for each stanza and each change of it. */
  @Activate
  public ${className}(Map<String, Object> properties) {
    this(ModuleStanza.of(properties).options(Options.class));
  }

  ${className}(Options options) {
    this.recipient = options.recipient();
  }

  /** Runs on the event loop of the session, so it must not block; see the package of the hooks. */
  @Override
  public Verdict validateRcptto(Address to, Transaction transaction) {
    return to.toString().equalsIgnoreCase(recipient)
        ? Verdict.refuse(550, "5.7.1", "${artifactId} refuses this recipient")
        : Verdict.CONTINUE;
  }
}
