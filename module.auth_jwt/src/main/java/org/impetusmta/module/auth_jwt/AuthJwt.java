package org.impetusmta.module.auth_jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Date;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.auth.AuthAnswer;
import org.impetusmta.api.auth.AuthException;
import org.impetusmta.api.auth.AuthMechanism;
import org.impetusmta.api.auth.AuthQuery;
import org.impetusmta.api.auth.AuthScheme;
import org.impetusmta.api.auth.AuthStatus;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.hook.RunsIn;
import org.impetusmta.api.io.IoLimits;
import org.impetusmta.api.io.IoUri;
import org.impetusmta.api.io.IoWrappers;
import org.impetusmta.api.module.Module;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.scheduler.Scheduler;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The scheme {@code jwt://} for AUTH OAUTHBEARER: a token is good when it is a JSON web token (RFC
 * 7519) that one of {@code keys} signed, in date, for {@code audience}, by {@code issuer}. Who it
 * is of, {@code user_claim} says; a client that names a user has to name that one. Concurrent.
 * Beyond the manual.
 */
@Module(
    name = "auth_jwt",
    kind = Module.Kind.AUTH,
    description = "Judges bearer tokens that are signed JSON web tokens",
    singleton = "true")
@Component(factory = Module.FACTORY + "auth_jwt", service = AuthScheme.class)
@RunsIn("IO")
public final class AuthJwt implements AuthScheme {
  private static final Logger LOG = LoggerFactory.getLogger(AuthJwt.class);
  private static final IoLimits LIMITS = new IoLimits(Duration.ofSeconds(10), 1 << 20);

  /** Signatures with a pair of keys; with a shared secret whoever checks could sign. */
  private static final Set<JWSAlgorithm> ALGORITHMS = algorithms();

  private final Options options;
  private final IoUri source;
  private final IoWrappers wrappers;
  private final InstantSource clock;
  private final Object reading = new Object();
  private volatile Keys keys;

  /** The options of the stanza. */
  @OptionSet("auth_jwt")
  public record Options(
      @Option(doc = "the JWK set (RFC 7517): the path of a file, or a URI; needed")
          Optional<String> keys,
      @Option(value = "3600", min = 1, doc = "seconds until the keys are read again")
          Duration keysLifetime,
      @Option(doc = "what the claim iss has to be; needed") Optional<String> issuer,
      @Option(doc = "what the claim aud has to hold; needed") Optional<String> audience,
      @Option(value = "sub", doc = "the claim that has the user") String userClaim,
      @Option(value = "60", min = 0, max = 3600, doc = "seconds that clocks may differ")
          Duration clockSkew) {}

  private record Keys(JWKSet set, long readMillis) {}

  @Activate
  public AuthJwt(
      Map<String, Object> properties,
      @Reference IoWrappers wrappers,
      @Reference Scheduler scheduler)
      throws ConfigException {
    this(ModuleStanza.of(properties).options(Options.class), wrappers, scheduler.clock());
  }

  /**
   * @throws ConfigException when something is missing, or the keys cannot be read
   */
  AuthJwt(Options options, IoWrappers wrappers, InstantSource clock) throws ConfigException {
    this.options = options;
    this.wrappers = wrappers;
    this.clock = clock;
    String written = needed("keys", options.keys());
    needed("issuer", options.issuer());
    needed("audience", options.audience());
    this.source = IoUri.of(written).orElseGet(() -> new IoUri("file", written));
    try {
      this.keys = read();
    } catch (IOException | ParseException e) {
      throw new ConfigException("keys = " + source + ": " + e.getMessage(), e);
    }
  }

  private static String needed(String name, Optional<String> value) throws ConfigException {
    return value
        .filter(text -> !text.isBlank())
        .orElseThrow(() -> new ConfigException(name + " is needed"));
  }

  private static Set<JWSAlgorithm> algorithms() {
    Set<JWSAlgorithm> all = new HashSet<>(JWSAlgorithm.Family.RSA);
    all.addAll(JWSAlgorithm.Family.EC);
    return Set.copyOf(all);
  }

  private Keys read() throws IOException, ParseException {
    try (var in = wrappers.read(source, LIMITS)) {
      JWKSet set = JWKSet.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
      return new Keys(set, clock.millis());
    }
  }

  @Override
  public Set<String> schemes() {
    return Set.of("jwt");
  }

  @Override
  public boolean knowsGroups(String scheme) {
    return false;
  }

  @Override
  public AuthAnswer authenticate(AuthQuery query, String secret) throws AuthException {
    if (query.mechanism() != AuthMechanism.OAUTHBEARER) {
      throw new AuthException("jwt:// judges tokens, which AUTH OAUTHBEARER alone has");
    }
    try {
      JWTClaimsSet claims = processor(current()).process(secret, null);
      String user = claims.getStringClaim(options.userClaim());
      boolean right = query.user().isEmpty() || query.user().equals(user);
      return right
          ? new AuthAnswer(AuthStatus.PASS, Optional.of(user), Optional.empty())
          : AuthAnswer.FAIL;
    } catch (ParseException | BadJOSEException e) {
      LOG.debug("a token was refused", e);
      return AuthAnswer.FAIL;
    } catch (JOSEException e) {
      throw new AuthException("the token cannot be checked: " + e.getMessage(), e);
    }
  }

  private DefaultJWTProcessor<SecurityContext> processor(JWKSet set) {
    DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
    processor.setJWSKeySelector(
        new JWSVerificationKeySelector<>(ALGORITHMS, new ImmutableJWKSet<>(set)));
    DefaultJWTClaimsVerifier<SecurityContext> claims =
        new DefaultJWTClaimsVerifier<>(
            options.audience().orElseThrow(),
            new JWTClaimsSet.Builder().issuer(options.issuer().orElseThrow()).build(),
            Set.of("exp", options.userClaim())) {
          @Override
          protected Date currentTime() {
            return Date.from(clock.instant());
          }
        };
    claims.setMaxClockSkew((int) options.clockSkew().toSeconds());
    processor.setJWTClaimsSetVerifier(claims);
    return processor;
  }

  /** The keys; old ones where new ones cannot be had. */
  private JWKSet current() {
    Keys known = keys;
    if (clock.millis() - known.readMillis < options.keysLifetime().toMillis()) {
      return known.set;
    }
    synchronized (reading) {
      known = keys;
      if (clock.millis() - known.readMillis >= options.keysLifetime().toMillis()) {
        try {
          known = read();
        } catch (IOException | ParseException e) {
          LOG.error("auth_jwt: the old keys stay: {}: {}", source, e.getMessage());
          known = new Keys(known.set, clock.millis());
        }
        keys = known;
      }
      return known.set;
    }
  }
}
