package org.impetusmta.module.alias;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.reception.AcceptConstruct;
import org.impetusmta.api.reception.Transaction;
import org.impetusmta.api.reception.ValidationContext;
import org.impetusmta.testkit.smtp.FlatGeneration;

/** What the module touches of a transaction, its connection and its validation context. */
final class ToyTransaction implements Transaction {
  private final List<Address> recipients = new ArrayList<>();
  private final Context context = new Context();
  private final Context connectionContext = new Context();
  private final Generation generation;

  ToyTransaction(String option, String value) {
    generation = new FlatGeneration(1, 1, Map.of(option, value), List.of());
  }

  void add(String recipient) {
    recipients.add(Address.of(recipient));
  }

  void remove(String recipient) {
    recipients.remove(Address.of(recipient));
  }

  List<String> list() {
    return recipients.stream().map(Address::toString).toList();
  }

  private boolean replace(Address recipient, List<Address> by) {
    int at = recipients.indexOf(recipient);
    if (at >= 0) {
      recipients.remove(at);
      recipients.addAll(at, by);
    }
    return at >= 0;
  }

  @Override
  @SuppressWarnings("unchecked")
  public AcceptConstruct connection() {
    ValidationContext validation =
        (ValidationContext)
            Proxy.newProxyInstance(
                ValidationContext.class.getClassLoader(),
                new Class<?>[] {ValidationContext.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("replaceRecipient")) {
                    return replace((Address) arguments[0], (List<Address>) arguments[1]);
                  }
                  throw new UnsupportedOperationException(method.getName());
                });
    return (AcceptConstruct)
        Proxy.newProxyInstance(
            AcceptConstruct.class.getClassLoader(),
            new Class<?>[] {AcceptConstruct.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "generation" -> generation;
                  case "context" -> connectionContext;
                  case "validation" -> validation;
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  @Override
  public MessageId batchId() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Address sender() {
    return Address.NULL;
  }

  @Override
  public List<Address> recipients() {
    return recipients;
  }

  @Override
  public OptionalLong declaredSize() {
    return OptionalLong.empty();
  }

  @Override
  public boolean eightBitMime() {
    return false;
  }

  @Override
  public Context context() {
    return context;
  }
}
