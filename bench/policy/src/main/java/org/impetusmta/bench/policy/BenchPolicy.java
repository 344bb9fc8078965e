package org.impetusmta.bench.policy;

import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.hook.ValidateConnect;
import org.impetusmta.api.hook.ValidateDataSpool;
import org.impetusmta.api.hook.ValidateEhlo;
import org.impetusmta.api.hook.ValidateMailfrom;
import org.impetusmta.api.hook.ValidateRcptto;
import org.impetusmta.api.hook.ValidateSetBinding;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.reception.AcceptConstruct;
import org.impetusmta.api.reception.Transaction;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * Policy for load runs: is asked in six phases, reads and writes the dictionaries as policy does,
 * and puts mail on a binding group. Several instances stand for several validation modules.
 * Read-only.
 */
@Module(name = "bench_policy", kind = Module.Kind.VALIDATE, description = "Policy for load runs")
@Component(
    factory = Module.FACTORY + "bench_policy",
    service = {
      ValidateConnect.class,
      ValidateEhlo.class,
      ValidateMailfrom.class,
      ValidateRcptto.class,
      ValidateDataSpool.class,
      ValidateSetBinding.class
    })
public final class BenchPolicy
    implements ValidateConnect,
        ValidateEhlo,
        ValidateMailfrom,
        ValidateRcptto,
        ValidateDataSpool,
        ValidateSetBinding {
  private final String key;
  private final Optional<String> group;

  /** The options of a bench_policy stanza. */
  @OptionSet("bench_policy")
  public record Options(
      @Option(value = "bench", doc = "Key that it writes to the dictionaries") String key,
      @Option(doc = "Binding group that mail gets; unset: another module chooses")
          Optional<String> bindingGroup) {}

  @Activate
  public BenchPolicy(Map<String, Object> properties) {
    Options options = ModuleStanza.of(properties).options(Options.class);
    this.key = options.key();
    this.group = options.bindingGroup();
  }

  @Override
  public Verdict validateConnect(AcceptConstruct connection) {
    connection.context().set(key, "connect");
    return Verdict.CONTINUE;
  }

  @Override
  public Verdict validateEhlo(String line, AcceptConstruct connection) {
    return line.length() > 512 ? Verdict.refuse(501, "5.5.2", "too long") : Verdict.CONTINUE;
  }

  @Override
  public Verdict validateMailfrom(Transaction transaction) {
    transaction.context().set(key, transaction.sender().domain());
    return Verdict.CONTINUE;
  }

  @Override
  public Verdict validateRcptto(Address recipient, Transaction transaction) {
    return recipient.localpart().equals("nobody")
        ? Verdict.refuse(550, "5.1.1", "no such user")
        : Verdict.CONTINUE;
  }

  @Override
  public Verdict validateDataSpool(Message message, AcceptConstruct connection) {
    message.context().set(key, "spool");
    return Verdict.CONTINUE;
  }

  @Override
  public Verdict validateSetBinding(Message message) {
    if (group.isEmpty()) {
      return Verdict.CONTINUE;
    }
    message.setBinding(group.get(), "");
    return Verdict.DONE;
  }
}
