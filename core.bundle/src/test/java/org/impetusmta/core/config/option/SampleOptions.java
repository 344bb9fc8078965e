package org.impetusmta.core.config.option;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.impetusmta.api.config.CidrSet;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;

/** Option sets as the bundles declare them, for the tests of the engine. */
public final class SampleOptions {
  private SampleOptions() {}

  /** A catalogue with all the sets below. */
  public static OptionCatalog catalog() {
    OptionCatalog catalog = new OptionCatalog();
    catalog.declare(Sending.class, "core");
    catalog.declare(Host.class, "core");
    catalog.declare(Reception.class, "listener.esmtp");
    catalog.declare(Control.class, "listener.control");
    catalog.declare(Pool.class, "core");
    catalog.declare(MailLoop.class, "module.mail_loop");
    catalog.declare(Logger.class, "module.ec_logger");
    catalog.declare(AllTypes.class, "module.types");
    catalog.declare(Scheme.class, "module.auth_ds");
    catalog.declare(QueryGroups.class, "module.auth_ds");
    catalog.declare(Common.class, "core");
    return catalog;
  }

  /** Of the sending side. */
  @OptionSet({"global", "domain", "binding", "binding_group"})
  public record Sending(
      @Option(value = "20", min = -1, doc = "") int maxOutboundConnections,
      @Option(value = "86400", doc = "") Duration messageExpiration,
      @Option(value = "500", min = 1, doc = "") int maxResidentActiveQueueSize,
      @Option(value = "false", doc = "") boolean suspendDelivery,
      @Option(value = "false", secret = true, doc = "") String outboundSmtpAuthPass,
      @Option(value = "false", doc = "") boolean blackhole,
      @Option(doc = "") Optional<String> gateway,
      @Option(doc = "") Optional<String> ehloHostname,
      @Option(
              value = "20",
              doc = "",
              scopes = {"global", "domain"})
          int onlyDomains,
      @Option(
              doc = "",
              scopes = {"global", "binding"},
              dynamic = false)
          Optional<String> bindAddress) {}

  /** Of the host scope, which does not fall back. */
  @OptionSet("host")
  public record Host(@Option(value = "-1", min = -1, doc = "") int maxOutboundConnections) {}

  /** Of the receiving side. */
  @OptionSet({"esmtp_listener", "listen", "peer", "pathway", "pathway_group"})
  public record Reception(
      @Option(value = "300", min = 1, doc = "") Duration idleTime,
      @Option(value = "", doc = "") List<String> smtpExtensions,
      @Option(
              value = "127.0.0.1/32",
              doc = "",
              scopes = {"global", "esmtp_listener", "listen", "peer", "pathway", "pathway_group"})
          CidrSet relayHosts,
      @Option(value = "0", min = 0, unit = Option.Unit.SIZE, doc = "") long maxMessageSize,
      @Option(
              value = "true",
              doc = "",
              scopes = {"esmtp_listener", "listen"})
          boolean enable,
      @Option(
              doc = "",
              scopes = {"esmtp_listener", "listen", "peer"})
          Optional<String> pathway,
      @Option(doc = "") Map<String, String> context) {}

  /** Of the control listener. */
  @OptionSet({"control_listener", "listen"})
  public record Control(
      @Option(value = "true", doc = "") boolean enable,
      @Option(value = "false", doc = "") boolean enableAuthentication,
      @Option(value = "0600", unit = Option.Unit.OCTAL, doc = "") int fileMode) {}

  /** Of a thread pool. */
  @OptionSet("threadpool")
  public record Pool(@Option(value = "4", min = 0, max = 1000, doc = "") int concurrency) {}

  /** Of a module. */
  @OptionSet("mail_loop")
  public record MailLoop(
      @Option(value = "20", min = 1, max = 1000, doc = "") int maxReceivedHeaders,
      @Option(name = "use_ip", value = "true", doc = "") boolean useIp) {}

  /** Of another. */
  @OptionSet("ec_logger")
  public record Logger(
      @Option(value = "mainlog.ec", doc = "") String mainlog,
      @Option(value = "true", doc = "") boolean logTransientFailures) {}

  /** Of a stanza inside a module's stanza. */
  @OptionSet("auth_ds::scheme")
  public record Scheme(@Option(doc = "") Optional<String> query) {}

  /** One more level. */
  @OptionSet("auth_ds::scheme::querygroups")
  public record QueryGroups(@Option(doc = "") Optional<String> query) {}

  /** Of every module. */
  @OptionSet("module")
  public record Common(@Option(value = "true", doc = "") boolean enabled) {}

  /** Levels. */
  public enum Level {
    DEBUG,
    INFO,
    VERY_LOUD
  }

  /** One option of every type. */
  @OptionSet("types")
  public record AllTypes(
      @Option(value = "off", doc = "") boolean bool,
      @Option(value = "7", min = 0, max = 10, doc = "") int number,
      @Option(value = "1", doc = "") long big,
      @Option(value = "1K", unit = Option.Unit.SIZE, doc = "") long size,
      @Option(value = "0644", unit = Option.Unit.OCTAL, max = 0777, doc = "") int mode,
      @Option(value = "60", min = 1, max = 90_000, doc = "") Duration seconds,
      @Option(value = "60", unit = Option.Unit.MILLISECONDS, doc = "") Duration millis,
      @Option(value = "a word", doc = "") String text,
      @Option(value = "info", doc = "") Level level,
      @Option(value = ".", doc = "") Pattern pattern,
      @Option(value = "a b", doc = "") List<String> list,
      @Option(doc = "") Map<String, String> dictionary,
      @Option(doc = "") CidrSet hosts,
      @Option(doc = "") Optional<Integer> maybe,
      @Option(doc = "") Optional<List<String>> maybeList) {}
}
