package org.impetusmta.listener.esmtp;

import static org.awaitility.Awaitility.await;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.impetusmta.api.auth.AuthStatus;
import org.impetusmta.api.config.ConfigException;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.Stanza;
import org.impetusmta.api.hook.ConfigGetDomainRelay;
import org.impetusmta.api.hook.CoreValidateConnect;
import org.impetusmta.api.hook.CoreValidateDataSpoolEachRcpt;
import org.impetusmta.api.hook.DecInboundConnections;
import org.impetusmta.api.hook.FinalValidation;
import org.impetusmta.api.hook.FinalValidation2;
import org.impetusmta.api.hook.GetProtocolStringForTraceHeaders;
import org.impetusmta.api.hook.GetReceivedHeaderText;
import org.impetusmta.api.hook.InboundSmtpTlsPostAccept;
import org.impetusmta.api.hook.InboundSmtpTlsVerify;
import org.impetusmta.api.hook.InboundTlsParameters;
import org.impetusmta.api.hook.IncInboundConnections;
import org.impetusmta.api.hook.PostFinalValidation;
import org.impetusmta.api.hook.PostSmtpCommand;
import org.impetusmta.api.hook.PostValidateDataSpoolEachRcpt;
import org.impetusmta.api.hook.PreEcCanRelayTo;
import org.impetusmta.api.hook.PreEsmtpAuth;
import org.impetusmta.api.hook.ServerEsmtpSessionAbort;
import org.impetusmta.api.hook.ValidateAccept;
import org.impetusmta.api.hook.ValidateAuth;
import org.impetusmta.api.hook.ValidateConnect;
import org.impetusmta.api.hook.ValidateData;
import org.impetusmta.api.hook.ValidateDataSpool;
import org.impetusmta.api.hook.ValidateDataSpoolEachRcpt;
import org.impetusmta.api.hook.ValidateDealloc;
import org.impetusmta.api.hook.ValidateEhlo;
import org.impetusmta.api.hook.ValidateMailfrom;
import org.impetusmta.api.hook.ValidateRcptto;
import org.impetusmta.api.hook.ValidateRcpttoList;
import org.impetusmta.api.hook.ValidateRcpttoListFinal;
import org.impetusmta.api.hook.ValidateSetBinding;
import org.impetusmta.api.log.LogEvent;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.module.ModuleStanza;
import org.impetusmta.api.reception.SmtpExtension;
import org.impetusmta.api.scheduler.ThreadPool;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool;
import org.impetusmta.core.auth.CoreAuthentication;
import org.impetusmta.core.hook.HookEntry;
import org.impetusmta.core.hook.HookList;
import org.impetusmta.core.hook.Hooks;
import org.impetusmta.core.hook.OwedAnswers;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.message.MessageIds;
import org.impetusmta.core.metrics.Counters;
import org.impetusmta.core.queue.DiscardOptions;
import org.impetusmta.core.queue.MailQueues;
import org.impetusmta.core.queue.Memory;
import org.impetusmta.core.reception.CoreReception;
import org.impetusmta.module.xclient_inbound.XclientInbound;
import org.impetusmta.module.xdumpcontext.Xdumpcontext;
import org.impetusmta.module.xremoteip_inbound.XremoteipInbound;
import org.impetusmta.module.xsetcontext_inbound.XsetcontextInbound;
import org.impetusmta.testkit.net.TestLoops;
import org.impetusmta.testkit.smtp.FlatGeneration;
import org.impetusmta.testkit.smtp.MemorySpool;
import org.impetusmta.testkit.smtp.RecordingEventLog;
import org.impetusmta.testkit.smtp.TranscriptServer;
import org.impetusmta.tls.FileCache;
import org.impetusmta.tls.ServerContexts;
import org.jspecify.annotations.Nullable;

/**
 * The listener and the core's reception on a free port of the loopback interface, without OSGi.
 * Directives: {@code hook PHASE[+PHASE] [in-pool] WORDS} (see {@link ScriptedHook}), {@code
 * release}, {@code parked} (a module owes an answer), {@code unload} (all modules go and what they
 * owe is given up), {@code note WORDS}, {@code noted WORDS} (a module has noted that), {@code spool
 * failing|waiting|full|writable|release}, {@code memory OCTETS} (of {@link #MEMORY} are taken, or
 * given back), {@code hook pre_esmtp_auth pass|fail|error|nothing}, {@code certificate NAME} (is
 * renewed: the file has it from now on), {@code overloaded}, {@code reload}, {@code set OPTION
 * VALUE}, {@code stop}.
 */
final class EsmtpServer implements TranscriptServer, Configuration, Hooks {
  private static final Map<String, Class<?>> PHASES =
      Map.ofEntries(
          Map.entry("accept", ValidateAccept.class),
          Map.entry("connect", ValidateConnect.class),
          Map.entry("core_validate_connect", CoreValidateConnect.class),
          Map.entry("ehlo", ValidateEhlo.class),
          Map.entry("mailfrom", ValidateMailfrom.class),
          Map.entry("rcptto", ValidateRcptto.class),
          Map.entry("pre_ec_can_relay_to", PreEcCanRelayTo.class),
          Map.entry("config_get_domain_relay", ConfigGetDomainRelay.class),
          Map.entry("rcptto_list", ValidateRcpttoList.class),
          Map.entry("rcptto_list_final", ValidateRcpttoListFinal.class),
          Map.entry("get_received_header_text", GetReceivedHeaderText.class),
          Map.entry("get_protocol_string", GetProtocolStringForTraceHeaders.class),
          Map.entry("data", ValidateData.class),
          Map.entry("data_spool", ValidateDataSpool.class),
          Map.entry("data_spool_each_rcpt", ValidateDataSpoolEachRcpt.class),
          Map.entry("core_validate_data_spool_each_rcpt", CoreValidateDataSpoolEachRcpt.class),
          Map.entry("post_validate_data_spool_each_rcpt", PostValidateDataSpoolEachRcpt.class),
          Map.entry("set_binding", ValidateSetBinding.class),
          Map.entry("final_validation2", FinalValidation2.class),
          Map.entry("final_validation", FinalValidation.class),
          Map.entry("post_final_validation", PostFinalValidation.class),
          Map.entry("post_smtp_command", PostSmtpCommand.class),
          Map.entry("inc_inbound_connections", IncInboundConnections.class),
          Map.entry("dec_inbound_connections", DecInboundConnections.class),
          Map.entry("server_esmtp_session_abort", ServerEsmtpSessionAbort.class),
          Map.entry("dealloc", ValidateDealloc.class),
          Map.entry("validate_auth", ValidateAuth.class),
          Map.entry("tls_parameters", InboundTlsParameters.class),
          Map.entry("tls_verify", InboundSmtpTlsVerify.class),
          Map.entry("tls_post_accept", InboundSmtpTlsPostAccept.class));

  /** Where the transcripts are, and the files that they name. */
  private static final Path HERE = Path.of("src/test/smtp").toAbsolutePath();

  /** Offered where {@code smtp_extensions} lists them. */
  private static final List<SmtpExtension> MODULES =
      List.of(
          new XclientInbound(),
          new XremoteipInbound(),
          new Xdumpcontext(),
          new XsetcontextInbound(),
          new FailingExtension());

  private static final long MEMORY = 1_000_000_000;

  private final TestLoops loops;
  private final MemorySpool spool = new MemorySpool();
  private final RecordingEventLog log = new RecordingEventLog();
  final Counters counters = new Counters();
  private final Memory memory = new Memory(MEMORY, () -> {});
  private final MessageIds ids = new MessageIds(InstantSource.system(), 4711);
  private final Map<Class<?>, HookList<?>> hooks = new ConcurrentHashMap<>();
  private final Set<MessageId> queued = ConcurrentHashMap.newKeySet();
  private final List<OwedAnswers> owed = new CopyOnWriteArrayList<>();
  private final List<String> notes = new CopyOnWriteArrayList<>();
  private final Semaphore release = new Semaphore(0);
  private final Map<String, String> values;
  private final AtomicLong tlsClock = new AtomicLong(System.currentTimeMillis());
  private final ServerContexts contexts;
  private final EsmtpListener listener;
  private volatile FlatGeneration current;
  private final InetSocketAddress address;
  private boolean stopped;

  EsmtpServer(List<String> config) throws Exception {
    values =
        new HashMap<>(
            Map.of(
                "banner_hostname", "mx.example.net",
                "received_hostname", "mx.example.net",
                "relay_domains", "example.com *.example.com",
                "smtp_extensions", "PIPELINING SIZE 8BITMIME ENHANCEDSTATUSCODES STARTTLS",
                "idle_time", "10",
                // what is added to content has transcripts of its own
                "rfc2822_date_header", "ignore",
                "rfc2822_messageid_header", "ignore",
                "rfc2822_missing_headers", "allow"));
    for (String line : config) {
      values.put(
          line.split("=", 2)[0].strip(),
          line.split("=", 2)[1].strip().replace("${here}", HERE.toString()));
    }
    values.values().removeIf("unset"::equals);
    TestTls.resolve(values);
    loops = new TestLoops(2, values.getOrDefault("io", "nio").equals("epoll"));
    contexts = new ServerContexts(loops.pool("IO"), loops.pool("CPU"), tlsClock::get);
    current = generation(1, 1);
    CoreReception reception =
        new CoreReception(this, spool, this, new Queues(), log, loops, counters, ids);
    try {
      listener =
          new EsmtpListener(
              stanza(current),
              reception,
              new CoreAuthentication(this, loops, this),
              loops,
              contexts,
              _ -> loops.group(),
              false,
              "0.1.0",
              new ModuleVerbs(() -> MODULES, EsmtpServer::keywords));
    } catch (ConfigException refused) {
      loops.close();
      throw refused;
    }
    address =
        listener.sockets().getFirst().boundTo() instanceof InetSocketAddress inet
            ? inet
            : new InetSocketAddress(0);
  }

  private static Set<String> keywords() {
    return MODULES.stream().map(SmtpExtension::keyword).collect(Collectors.toSet());
  }

  private FlatGeneration generation(long number, long reloads) {
    Stanza listen =
        new FlatGeneration.Plain(
            "listen", Optional.of(values.getOrDefault("listen", "127.0.0.1:0")), List.of());
    Stanza esmtp = new FlatGeneration.Plain("esmtp_listener", Optional.empty(), List.of(listen));
    return new FlatGeneration(number, reloads, values, List.of(esmtp));
  }

  private static ModuleStanza stanza(FlatGeneration generation) {
    return new ModuleStanza() {
      @Override
      public String module() {
        return "esmtp_listener";
      }

      @Override
      public String instance() {
        return "esmtp_listener";
      }

      @Override
      public Stanza stanza() {
        return generation.stanzas("esmtp_listener").getFirst();
      }

      @Override
      public Generation generation() {
        return generation;
      }

      @Override
      public <T extends Record> T options(Class<T> type) {
        return generation.options(type, org.impetusmta.api.config.ScopePath.GLOBAL);
      }
    };
  }

  /** Notes what reception queues; nothing leaves from here. */
  private final class Queues implements MailQueues {
    @Override
    public Optional<Reply> bound(MailMessage message) {
      return Optional.empty();
    }

    @Override
    public void enqueue(MailMessage message) {
      queued.add(message.id());
    }

    @Override
    public boolean refuses(String domain) {
      return current
          .options(DiscardOptions.class, org.impetusmta.api.config.ScopePath.GLOBAL)
          .refuses();
    }

    @Override
    public Envelope envelope(MailMessage message) {
      return message.envelope();
    }

    @Override
    public Memory memory() {
      return memory;
    }

    /** In place of a bounce, what it would be about. */
    @Override
    public Optional<MailMessage> notification(MailMessage failed, Reply reply) {
      if (failed.sender().isNull() || !failed.requests().wants("FAILURE")) {
        return Optional.empty();
      }
      MessageId id = ids.next();
      String text = "To: " + failed.sender() + "\r\n\r\n" + failed.recipient() + ": " + reply;
      return Optional.of(
          new MailMessage(
              id,
              id,
              MessageId.NONE,
              Address.NULL,
              failed.sender(),
              "unknown",
              "internal",
              failed.receivedMillis(),
              false,
              Body.of((text + "\r\n").getBytes(StandardCharsets.US_ASCII))));
    }

    @Override
    public CompletableFuture<Spool.Recovery> spoolIn() {
      return CompletableFuture.completedFuture(new Spool.Recovery(0, 0));
    }

    @Override
    public void stop(Duration atMost) {}
  }

  EsmtpListener listener() {
    return listener;
  }

  ServerContexts contexts() {
    return contexts;
  }

  @Override
  public SSLContext clientTls(String certificate) throws Exception {
    return TestTls.client(certificate);
  }

  @Override
  public InetSocketAddress address() {
    return address;
  }

  @Override
  public Generation current() {
    return current;
  }

  @Override
  @SuppressWarnings("unchecked") // made for that class
  public <T> HookList<T> list(Class<T> hook) {
    return (HookList<T>) hooks.computeIfAbsent(hook, type -> new HookList<T>());
  }

  @Override
  public void directive(String words) throws Exception {
    String[] parts = words.split(" ", 3);
    switch (parts[0]) {
      case "hook" -> {
        if (parts[1].equals("pre_esmtp_auth")) {
          Optional<AuthStatus> status =
              parts[2].equals("nothing")
                  ? Optional.empty()
                  : Optional.of(AuthStatus.valueOf(parts[2].toUpperCase(Locale.ROOT)));
          PreEsmtpAuth hook = (mechanism, connection) -> status;
          list(PreEsmtpAuth.class)
              .replace(List.of(new HookEntry<>(hook, "scripted", "__bypass_scripted", null)));
        } else {
          hook(parts[1], parts[2]);
        }
      }
      case "release" -> release.release();
      case "parked" -> await().until(() -> owed.stream().anyMatch(o -> o.count() > 0));
      case "unload" -> {
        hooks.values().forEach(list -> list.replace(List.of()));
        for (OwedAnswers answers : owed) {
          answers.settle(Duration.ZERO);
        }
      }
      case "note" -> notes.add(words.substring("note ".length()));
      case "noted" -> await().until(() -> notes.contains(words.substring("noted ".length())));
      case "gone" -> await().until(() -> counters.inboundConnections.sum() == 0);
      case "certificate" -> {
        TestTls.renew(Path.of(values.get("tls_certificate")), parts[1]);
        tlsClock.addAndGet(FileCache.FRESH_MILLIS);
      }
      case "overloaded" -> log.overloaded(true);
      case "reload" -> change(true);
      case "set" -> {
        values.put(parts[1], parts[2]);
        change(false);
      }
      case "memory" -> {
        long octets = Long.parseLong(parts[1]);
        if (octets < 0) {
          memory.give(-octets);
        } else {
          memory.take(octets);
        }
      }
      case "stop" -> {
        stopped = true;
        Thread.ofVirtual().start(listener::deactivate);
      }
      case "spool" -> {
        switch (parts[1]) {
          case "failing" -> spool.failing(true);
          case "waiting" -> spool.waiting(true);
          case "full" -> spool.writable(false);
          case "writable" -> spool.writable(true);
          default -> spool.release();
        }
      }
      default -> throw new IllegalArgumentException(words);
    }
  }

  private void change(boolean reload) throws ConfigException {
    FlatGeneration next =
        generation(current.number() + 1, reload ? current.reloads() + 1 : current.reloads());
    listener.prepare(stanza(next));
    current = next;
    listener.commit(stanza(next));
  }

  private void hook(String phases, String words) {
    boolean pooled = words.startsWith("in-pool ");
    ThreadPool pool = pooled ? loops.pool("IO") : null;
    ScriptedHook hook =
        new ScriptedHook(
            phases, pooled ? words.substring("in-pool ".length()) : words, release, notes::add);
    for (String phase : phases.split("\\+")) {
      Class<?> type = PHASES.get(phase);
      if (type == null) {
        throw new IllegalArgumentException("no phase " + phase);
      }
      add(type, hook, pool);
    }
  }

  private <T> void add(Class<T> type, ScriptedHook hook, @Nullable ThreadPool pool) {
    HookList<T> list = list(type);
    List<HookEntry<T>> entries = new ArrayList<>(List.of(list.entries()));
    String module = "scripted" + (entries.size() + 1);
    HookEntry<T> entry =
        new HookEntry<>(type.cast(hook), module, "__bypass_" + module, pool, new OwedAnswers());
    owed.add(entry.owed());
    entries.add(entry);
    list.replace(entries);
  }

  @Override
  public List<String> results() {
    await().until(() -> counters.inboundConnections.sum() == 0 && listener.memory() == 0);
    List<String> lines = new ArrayList<>();
    notes.forEach(note -> lines.add("noted " + note));
    for (LogEvent event : log.events()) {
      lines.add(text(event));
    }
    for (MemorySpool.Kept kept : spool.kept()) {
      var envelope = kept.envelope();
      lines.add(
          "%s <%s> -> <%s> from %s by %s%s, %s/%s, %s"
              .formatted(
                  queued.contains(envelope.id()) ? "queued" : "NOT QUEUED",
                  envelope.sender(),
                  envelope.recipient(),
                  envelope.sourceAddress(),
                  envelope.protocol(),
                  envelope.eightBitMime() ? " 8bitmime" : "",
                  envelope.bindingGroup(),
                  envelope.binding(),
                  envelope.messageContext()));
      if (kept.body().length() > 4096) {
        lines.add("| " + kept.body().length() + " octets");
      } else {
        new String(kept.body().toByteArray(), StandardCharsets.ISO_8859_1)
            .lines()
            .forEach(line -> lines.add("| " + line));
      }
    }
    return lines;
  }

  private static String text(LogEvent event) {
    return switch (event) {
      case LogEvent.Reception r -> "R " + path(r.message()) + " " + r.message().size();
      case LogEvent.Failure f ->
          (f.permanent() ? "P " : "T ") + path(f.message()) + " " + f.reply();
      case LogEvent.Rejection r ->
          "rejected in %s by %s: %s (%s) CTXCONN=%s CTXMESS=%s"
              .formatted(
                  r.state().text(),
                  r.module(),
                  r.reply(),
                  r.reason(),
                  r.connectionContext(),
                  r.messageContext());
      case LogEvent.Accounting a ->
          "acctlog %s %s %s user=%s %d%s"
              .formatted(
                  a.type().letter(),
                  a.listener(),
                  a.remote(),
                  a.user(),
                  a.result(),
                  (" " + a.command() + " " + a.role()).stripTrailing());
      case LogEvent.Delivery d -> "D " + path(d.message());
      case LogEvent.Diagnostic d -> d.text();
      case LogEvent.Import i -> "I " + i.result();
      case LogEvent.OutOfBandBounce b -> "O " + path(b.message());
      case LogEvent.HttpExchange h -> "H " + h.status();
    };
  }

  private static String path(Message message) {
    return message.id() + " <" + message.sender() + "> -> <" + message.recipient() + ">";
  }

  @Override
  public void close() {
    if (!stopped) {
      listener.deactivate();
    }
    loops.close();
  }
}
