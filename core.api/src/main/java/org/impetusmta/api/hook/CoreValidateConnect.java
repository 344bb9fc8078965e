package org.impetusmta.api.hook;

import org.impetusmta.api.reception.AcceptConstruct;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Every module has been asked in phase connect and none refused. Whoever wants to refuse yet says
 * so with {@code connection.validation()}. Runs on the session's loop. Source: hooks
 * core_validate_connect.
 */
@ConsumerType
public interface CoreValidateConnect {
  void coreValidateConnect(AcceptConstruct connection);
}
