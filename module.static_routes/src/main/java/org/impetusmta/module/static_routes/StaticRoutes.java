package org.impetusmta.module.static_routes;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.hook.ConfigFetchDomainRoutes;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * Sends all mail to one server, whatever the DNS and {@code routes} say; a {@code gateway} goes
 * before it. Without a target nothing is routed. Read-only. Source: modules.static_routes.
 */
@Module(
    name = "static_routes",
    kind = Module.Kind.DELIVERY,
    singleton = "true",
    description = "Static routes")
@Component(factory = Module.FACTORY + "static_routes", service = ConfigFetchDomainRoutes.class)
public final class StaticRoutes implements ConfigFetchDomainRoutes {
  private final Optional<List<String>> routes;

  /** The options of a static_routes stanza. */
  @OptionSet("static_routes")
  public record Options(
      @Option(doc = "address:port or [address]:port of the server that takes all mail")
          Optional<String> target) {}

  @Activate
  public StaticRoutes(Map<String, Object> properties) throws ConfigException {
    this(ModuleStanza.of(properties).options(Options.class));
  }

  StaticRoutes(Options options) throws ConfigException {
    routes =
        options.target().isPresent()
            ? Optional.of(List.of(checked(options.target().get().trim())))
            : Optional.empty();
  }

  private static String checked(String target) throws ConfigException {
    int colon = target.lastIndexOf(':');
    boolean ipv6 = target.startsWith("[");
    boolean port = ipv6 ? target.lastIndexOf("]:") == colon - 1 && colon > 0 : colon > 0;
    String address = port ? target.substring(0, colon) : target;
    if (ipv6 && address.endsWith("]")) {
      address = address.substring(1, address.length() - 1);
    }
    try {
      boolean whole = InetAddress.ofLiteral(address).getAddress().length == (ipv6 ? 16 : 4);
      if (whole && (!port || target.substring(colon + 1).matches("[1-9]\\d{0,4}"))) {
        if (!port || Integer.parseInt(target.substring(colon + 1)) <= 65_535) {
          return target;
        }
      }
    } catch (IllegalArgumentException e) {
      throw refused(target);
    }
    throw refused(target);
  }

  private static ConfigException refused(String target) {
    return new ConfigException(
        "target = \"" + target + "\": expected address:port or [address]:port");
  }

  @Override
  public Optional<List<String>> configFetchDomainRoutes(String domain) {
    return routes;
  }
}
