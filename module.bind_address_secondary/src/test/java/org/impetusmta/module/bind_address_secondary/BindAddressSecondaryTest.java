package org.impetusmta.module.bind_address_secondary;

import static org.assertj.core.api.Assertions.assertThat;

import org.impetusmta.api.config.ScopePath;
import org.impetusmta.testkit.queue.TestConfiguration;
import org.junit.jupiter.api.Test;

/** Which binding has a second address. */
class BindAddressSecondaryTest {
  private final TestConfiguration configuration =
      new TestConfiguration()
          .set(
              "bind_address_secondary",
              "2001:db8::7",
              path -> path instanceof ScopePath.Sending to && to.binding().equals("dual"));

  @Test
  void aBindingHasWhatItsStanzaSays() {
    BindAddressSecondary module = new BindAddressSecondary();
    assertThat(
            module.secondaryBindAddress(
                configuration.current(), new ScopePath.Sending("default", "dual", "")))
        .contains("2001:db8::7");
    assertThat(
            module.secondaryBindAddress(
                configuration.current(), new ScopePath.Sending("default", "single", "")))
        .isEmpty();
  }
}
