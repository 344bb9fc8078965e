package org.impetusmta.api.hook;

import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/** Says where a domain's mail goes, in place of the option {@code routes}. Runs on any loop. */
@ConsumerType
public interface ConfigFetchDomainRoutes {
  /**
   * The first answer wins; empty: what the option says.
   *
   * @param domain the routing domain
   * @return items as {@code routes} has them; the answer for one domain stays the same
   */
  Optional<List<String>> configFetchDomainRoutes(String domain);
}
