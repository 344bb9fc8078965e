package org.impetusmta.module.outbound_smtp_auth;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.delivery.Credentials;
import org.impetusmta.api.delivery.Credentials.Mechanism;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.hook.HooksInForce;
import org.impetusmta.api.hook.OutboundSmtpAuth;
import org.impetusmta.api.hook.OutboundSmtpAuthConfig;
import org.impetusmta.api.message.Context;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.module.Module;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says who a message is sent as: what its dictionary says, which policy may set just before ({@link
 * OutboundSmtpAuthConfig}), else what its binding and domain say. Concurrent. Source:
 * modules.outbound_smtp_auth.
 */
@Module(
    name = "outbound_smtp_auth",
    kind = Module.Kind.SINGLETON,
    singleton = "true",
    autoload = "true",
    description = "Authentication to next hosts")
@Component(factory = Module.FACTORY + "outbound_smtp_auth", service = OutboundSmtpAuth.class)
public final class OutboundSmtpAuthentication implements OutboundSmtpAuth {
  private static final Logger LOG = LoggerFactory.getLogger(OutboundSmtpAuthentication.class);
  private static final String TYPE = "outbound_smtp_auth_type";
  private static final String USER = "outbound_smtp_auth_user";
  private static final String PASS = "outbound_smtp_auth_pass";
  private static final String KEY = "outbound_smtp_auth_key";

  /** SASL mechanisms as the option names them; FALSE: none. */
  public enum AuthType {
    FALSE,
    PLAIN,
    LOGIN,
    CRAM_MD5,
    XOAUTH2
  }

  /** Who mail is sent as, per binding and domain. */
  @OptionSet({Scopes.GLOBAL, Scopes.BINDING_GROUP, Scopes.BINDING, Scopes.DOMAIN})
  public record Options(
      @Option(value = "false", doc = "Mechanism for the next host") AuthType outboundSmtpAuthType,
      @Option(value = "false", doc = "User name for the next host") String outboundSmtpAuthUser,
      @Option(
              value = "false",
              secret = true,
              doc = "Password for the next host, or the bearer token of XOAUTH2")
          String outboundSmtpAuthPass,
      @Option(value = "false", doc = "What policy may look up user and password by")
          String outboundSmtpAuthKey) {}

  private final Supplier<List<OutboundSmtpAuthConfig>> policy;

  @Activate
  public OutboundSmtpAuthentication(@Reference HooksInForce hooks) {
    this(hooks.inForce(OutboundSmtpAuthConfig.class));
  }

  OutboundSmtpAuthentication(Supplier<List<OutboundSmtpAuthConfig>> policy) {
    this.policy = policy;
  }

  @Override
  public Optional<Credentials> outboundSmtpAuth(Delivery delivery, Message message) {
    Options options = delivery.options(Options.class);
    for (OutboundSmtpAuthConfig hook : policy.get()) {
      hook.outboundSmtpAuthConfig(
          message, said(message.context(), KEY, options.outboundSmtpAuthKey()));
    }
    Context context = message.context();
    Mechanism mechanism = mechanism(context, options.outboundSmtpAuthType());
    if (mechanism == null) {
      return Optional.empty();
    }
    String user = said(context, USER, options.outboundSmtpAuthUser());
    String secret = said(context, PASS, options.outboundSmtpAuthPass());
    if (user.indexOf(0) >= 0 || secret.indexOf(0) >= 0) {
      LOG.warn("{} has credentials with a NUL: not used", message.id());
      return Optional.empty();
    }
    return user.isEmpty()
        ? Optional.empty()
        : Optional.of(new Credentials(mechanism, user, secret));
  }

  private static @Nullable Mechanism mechanism(Context context, AuthType option) {
    String type = context.get(TYPE).orElse(option.name());
    for (Mechanism mechanism : Mechanism.values()) {
      if (mechanism.name().equalsIgnoreCase(type) || mechanism.sasl().equalsIgnoreCase(type)) {
        return mechanism;
      }
    }
    if (!type.equalsIgnoreCase("false") && !type.isEmpty()) {
      LOG.warn("outbound_smtp_auth_type in a message dictionary is no mechanism");
    }
    return null;
  }

  /** The manual's word for unset is {@code false}. */
  private static String said(Context context, String key, String option) {
    String value = context.get(key).orElse(option);
    return value.equals("false") ? "" : value;
  }
}
