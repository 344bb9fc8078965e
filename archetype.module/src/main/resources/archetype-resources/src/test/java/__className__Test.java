package ${package};

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.reception.Transaction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ${className}Test {
  /** The hook asks nothing of the transaction; one that did would get a record of the test. */
  private static final Transaction TRANSACTION =
      (Transaction)
          Proxy.newProxyInstance(
              Transaction.class.getClassLoader(),
              new Class<?>[] {Transaction.class},
              (proxy, method, arguments) -> {
                throw new AssertionError("asked for " + method.getName());
              });

  @ParameterizedTest
  @CsvSource({
    "joe@example.com, true",
    "JOE@Example.com, true",
    "jane@example.com, false",
    "joe@example.org, false"
  })
  void refuses_the_recipient_and_no_other(String recipient, boolean refused) {
    ${className} module = new ${className}(new ${className}.Options("joe@example.com"));
    Verdict expected =
        refused
            ? Verdict.refuse(550, "5.7.1", "${artifactId} refuses this recipient")
            : Verdict.CONTINUE;
    assertThat(module.validateRcptto(Address.of(recipient), TRANSACTION)).isEqualTo(expected);
  }
}
