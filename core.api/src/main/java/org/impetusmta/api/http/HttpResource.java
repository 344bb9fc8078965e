package org.impetusmta.api.http;

import java.util.Set;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * What is served at a path of every {@code HTTP_Listener}; register it as an OSGi service and it is
 * there, behind the access rules of the listener. Concurrent. Source:
 * lua.ref.msys.httpsrv.register.
 */
@ConsumerType
public interface HttpResource {
  /**
   * Where it is, {@code /stats/summary}; a slash at the end of a request's path is no difference.
   */
  String path();

  /** The methods that it knows, in capitals; HEAD comes with GET. */
  Set<String> methods();

  /** Whether paths below come here too, where no other resource has a longer path. */
  default boolean below() {
    return false;
  }

  /**
   * Answers. May block: called on a thread of the pool HTTP.
   *
   * @throws Exception when it cannot: the client gets 500, the paniclog the cause
   */
  HttpAnswer answer(HttpRequest request) throws Exception;
}
