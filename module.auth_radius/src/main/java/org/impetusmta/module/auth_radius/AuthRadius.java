package org.impetusmta.module.auth_radius;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.auth.AuthAnswer;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthQuery;
import org.impetusmta.api.auth.AuthScheme;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.datasource.ParameterMap;
import org.impetusmta.api.hook.RunsIn;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.module.auth_radius.RadiusPackets.Answer;
import org.impetusmta.module.auth_radius.RadiusPackets.Attribute;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * The scheme {@code radius://}: user and password go to RADIUS servers (RFC 2865), one after the
 * other until one answers. One that wants to challenge the user has refused it (RFC 2865 section
 * 4.4). Concurrent. Source: modules.auth_radius.
 */
@Module(
    name = "auth_radius",
    kind = Module.Kind.AUTH,
    description = "Authentication by RADIUS servers",
    singleton = "true")
@Component(factory = Module.FACTORY + "auth_radius", service = AuthScheme.class)
@RunsIn("IO")
public final class AuthRadius implements AuthScheme {
  /** How many servers there may be. */
  static final int MOST_SERVERS = 10;

  private static final Set<String> MACROS =
      Set.of("username", "username_localpart", "username_domain", "password");

  private final List<RadiusServer> servers = new ArrayList<>();
  private final List<Attribute> ownAttributes = new ArrayList<>();
  private final ParameterMap map;

  /** The options of the stanza. */
  @OptionSet("auth_radius")
  public record Options(
      @Option(name = "nas-ip-address", doc = "the address that this server has to RADIUS servers")
          Optional<String> nasIpAddress,
      @Option(name = "nas-identifier", doc = "a number or name that it has to them")
          Optional<String> nasIdentifier,
      @Option(
              doc =
                  "what is sent as username and as password: %{username} %{username_localpart}"
                      + " %{username_domain} %{password}, with %{name||default}")
          Optional<Map<String, String>> map) {}

  /**
   * @throws ConfigException when something is missing or is not what it should be
   */
  @Activate
  public AuthRadius(Map<String, Object> properties) throws ConfigException {
    ModuleStanza module = ModuleStanza.of(properties);
    Options options = module.options(Options.class);
    String where = module.stanza().position() + ": in auth_radius";
    for (Stanza stanza : module.stanza().children("server")) {
      servers.add(
          new RadiusServer(
              "%s: in auth_radius: server \"%s\""
                  .formatted(stanza.position(), stanza.instance().orElse("")),
              module
                  .generation()
                  .options(RadiusServer.Options.class, new ScopePath.Within(stanza))));
    }
    if (servers.isEmpty() || servers.size() > MOST_SERVERS) {
      throw new ConfigException(
          "%s: found %d server \"name\" { }, expected 1 to %d"
              .formatted(where, servers.size(), MOST_SERVERS));
    }
    if (options.nasIpAddress().isPresent()) {
      InetAddress address = address(where, options.nasIpAddress().get());
      ownAttributes.add(
          new Attribute(
              address instanceof Inet4Address
                  ? RadiusPackets.NAS_IP_ADDRESS
                  : RadiusPackets.NAS_IPV6_ADDRESS,
              address.getAddress()));
    }
    if (options.nasIdentifier().isPresent()) {
      byte[] identifier = options.nasIdentifier().get().getBytes(StandardCharsets.UTF_8);
      if (identifier.length == 0 || identifier.length > RadiusPackets.LONGEST_VALUE) {
        throw new ConfigException(
            where + ": nas-identifier: expected 1 to " + RadiusPackets.LONGEST_VALUE + " octets");
      }
      ownAttributes.add(new Attribute(RadiusPackets.NAS_IDENTIFIER, identifier));
    }
    this.map = map(where, options.map().orElse(Map.of()));
  }

  private static InetAddress address(String where, String written) throws ConfigException {
    try {
      return InetAddress.ofLiteral(written);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(
          "%s: nas-ip-address = \"%s\": expected an IP address".formatted(where, written), e);
    }
  }

  private static ParameterMap map(String where, Map<String, String> written)
      throws ConfigException {
    for (String key : written.keySet()) {
      if (!key.equals("username") && !key.equals("password")) {
        throw new ConfigException(
            "%s: map: found %s, expected username or password".formatted(where, key));
      }
    }
    try {
      return ParameterMap.parse(written, MACROS);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(where + ": " + e.getMessage(), e);
    }
  }

  @Override
  public Set<String> schemes() {
    return Set.of("radius");
  }

  @Override
  public boolean knowsGroups(String scheme) {
    return false;
  }

  @Override
  public AuthAnswer authenticate(AuthQuery query, String secret) throws AuthException {
    if (query.mechanism() == AuthMechanism.OAUTHBEARER) {
      throw new AuthException("radius:// judges passwords, no tokens");
    }
    Address parts = Address.of(query.user());
    Map<String, String> mapped =
        map.expand(
            macro ->
                switch (macro) {
                  case "username_localpart" -> parts.localpart();
                  case "username_domain" -> parts.domain();
                  case "password" -> secret;
                  default -> query.user();
                });
    byte[] user = mapped.getOrDefault("username", query.user()).getBytes(StandardCharsets.UTF_8);
    byte[] password = mapped.getOrDefault("password", secret).getBytes(StandardCharsets.UTF_8);
    if (user.length == 0
        || user.length > RadiusPackets.LONGEST_VALUE
        || password.length == 0
        || password.length > RadiusPackets.LONGEST_PASSWORD) {
      // no RADIUS server can have such a user
      return AuthAnswer.FAIL;
    }
    List<Attribute> attributes = new ArrayList<>();
    attributes.add(new Attribute(RadiusPackets.USER_NAME, user));
    attributes.addAll(ownAttributes);
    for (RadiusServer server : servers) {
      Optional<Answer> answer = server.ask(attributes, password);
      if (answer.isPresent()) {
        return answer.get() == Answer.ACCEPT ? AuthAnswer.PASS : AuthAnswer.FAIL;
      }
    }
    throw new AuthException("no RADIUS server answers");
  }
}
