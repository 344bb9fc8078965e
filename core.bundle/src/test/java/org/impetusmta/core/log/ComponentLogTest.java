package org.impetusmta.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.impetusmta.api.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.osgi.service.log.Logger;

class ComponentLogTest {
  private final ComponentLog log = new ComponentLog();
  private final Logger logger = log.getLogger("test");

  @Test
  void the_first_failure_is_kept_until_it_is_forgotten() {
    ConfigException first = new ConfigException("e.conf:4: taken");
    logger.error("cannot make it", first);
    logger.error("nor what needs it", new ConfigException("e.conf:5: no service"));
    assertThat(log.failure()).containsSame(first);
    log.forget();
    assertThat(log.failure()).isEmpty();
    logger.warn("without {}", "consequence");
    assertThat(log.failure()).isEmpty();
  }

  @Test
  void the_reason_is_the_operators_mistake_or_else_the_deepest_cause() {
    ConfigException mistake = new ConfigException("e.conf:4: taken", new IOException("in use"));
    assertThat(ComponentLog.reason(new IllegalStateException("failed", mistake)))
        .isEqualTo("e.conf:4: taken");
    assertThat(ComponentLog.reason(new IllegalStateException("a", new IOException("disk full"))))
        .isEqualTo("disk full");
    assertThat(ComponentLog.reason(new IllegalStateException("a", new NullPointerException("b"))))
        .isEqualTo("java.lang.NullPointerException: b");
  }

  @Test
  void a_logger_answers_what_every_object_answers() {
    assertThat(logger.getName()).isEqualTo("test");
    assertThat(logger.isErrorEnabled()).isTrue();
    assertThat(logger).isNotEqualTo(log.getLogger("test"));
    assertThat(java.util.Set.of(logger)).contains(logger);
  }
}
