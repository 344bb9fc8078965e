package com.example.impetus;

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

/** Refuses mail to one recipient, case ignored. Read-only. */
@Module(
    name = "refuse_recipient",
    kind = Module.Kind.VALIDATE,
    description = "Refuses mail to one recipient")
@Component(factory = Module.FACTORY + "refuse_recipient", service = ValidateRcptto.class)
public final class RefuseRecipient implements ValidateRcptto {
  private final String recipient;

  /** The options of a refuse_recipient stanza. */
  @OptionSet("refuse_recipient")
  public record Options(
      @Option(value = "refused@example.com", doc = "whose mail is refused") String recipient) {}

  @Activate
  public RefuseRecipient(Map<String, Object> properties) {
    recipient = ModuleStanza.of(properties).options(Options.class).recipient();
  }

  @Override
  public Verdict validateRcptto(Address to, Transaction transaction) {
    return to.toString().equalsIgnoreCase(recipient)
        ? Verdict.refuse(550, "5.7.1", "recipient refused")
        : Verdict.CONTINUE;
  }
}
