package org.impetusmta.api.config;

import java.io.Serial;

/**
 * A configuration is refused. The message says file, line, scope, what was found and what was
 * expected: {@code etc/ecelerity.conf:12: in esmtp_listener: unknown option "Idel_Time"; did you
 * mean idle_time?}
 */
public class ConfigException extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  public ConfigException(String message) {
    super(message);
  }

  public ConfigException(String message, Throwable cause) {
    super(message, cause);
  }
}
