package org.impetusmta.listener.esmtp;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.impetusmta.api.auth.AuthStatus;
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
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.AcceptConstruct;
import org.impetusmta.api.reception.AuthenticationResult;
import org.impetusmta.api.reception.Transaction;
import org.impetusmta.api.reception.ValidationContext;
import org.impetusmta.api.tls.InboundTls;
import org.impetusmta.api.tls.InboundTlsChoice;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.message.MessageShape;

/**
 * A module whose behaviour a transcript says: {@code continue}, {@code done}, {@code refuse 550
 * 5.7.1 text}, {@code disconnect 421 4.7.1 text}, {@code discard reason}, {@code throw}, {@code
 * note} (its phase, in the results), {@code bind group binding}, {@code edit text} (a body of its
 * own), {@code header text} (a field in front), {@code parts} (notes how many are known already);
 * with {@code for address} in front only for that recipient's message.
 *
 * <p>Waiting for the transcript to say release: {@code wait} in its pool, {@code later WORDS}
 * suspended, {@code twice WORDS} suspended two times; {@code early WORDS} until the client speaks;
 * {@code hang} waits to be interrupted, {@code never} is suspended for ever.
 *
 * <p>By the validation context: {@code code 550 5.7.1 text}, {@code end 421 4.7.1 text}, {@code
 * tarpit MILLIS}, {@code banner LINE|LINE}, {@code add address}, {@code once address}, {@code
 * remove address}, {@code replace addresses}, {@code set key value} (of the connection), {@code
 * result method result type name value}; with {@code then} between several. Answers: {@code answer
 * text}, {@code none}; {@code certificate NAME} (for TLS), {@code verified true}.
 */
final class ScriptedHook
    implements ValidateAccept,
        ValidateConnect,
        CoreValidateConnect,
        ValidateEhlo,
        ValidateAuth,
        ValidateMailfrom,
        ValidateRcptto,
        PreEcCanRelayTo,
        ConfigGetDomainRelay,
        ValidateRcpttoList,
        ValidateRcpttoListFinal,
        GetReceivedHeaderText,
        GetProtocolStringForTraceHeaders,
        ValidateData,
        ValidateDataSpool,
        ValidateDataSpoolEachRcpt,
        CoreValidateDataSpoolEachRcpt,
        PostValidateDataSpoolEachRcpt,
        ValidateSetBinding,
        FinalValidation2,
        FinalValidation,
        PostFinalValidation,
        PostSmtpCommand,
        IncInboundConnections,
        DecInboundConnections,
        ServerEsmtpSessionAbort,
        ValidateDealloc,
        InboundTlsParameters,
        InboundSmtpTlsVerify,
        InboundSmtpTlsPostAccept {
  private final String phase;
  private final String words;
  private final Semaphore release;
  private final Consumer<String> notes;

  ScriptedHook(String phase, String words, Semaphore release, Consumer<String> notes) {
    this.phase = phase;
    this.words = words;
    this.release = release;
    this.notes = notes;
  }

  private Verdict act(String script, Optional<AcceptConstruct> connection) {
    Verdict verdict = Verdict.CONTINUE;
    for (String step : script.split(" then ")) {
      verdict = step(step, connection);
    }
    return verdict;
  }

  private Verdict step(String script, Optional<AcceptConstruct> connection) {
    String[] parts = script.split(" ", 2);
    String rest = parts.length > 1 ? parts[1] : "";
    return switch (parts[0]) {
      case "continue" -> Verdict.CONTINUE;
      case "done" -> Verdict.DONE;
      case "refuse" -> new Verdict.Refuse(Reply.parse(rest), false);
      case "disconnect" -> new Verdict.Refuse(Reply.parse(rest), true);
      case "discard" -> new Verdict.Discard(rest);
      case "wait" -> {
        release.acquireUninterruptibly();
        yield Verdict.CONTINUE;
      }
      case "hang" -> {
        try {
          new Semaphore(0).acquire();
        } catch (InterruptedException told) {
          notes.accept("interrupted in " + phase);
        }
        yield Verdict.CONTINUE;
      }
      case "later" -> Verdict.suspend(released().thenApply(_ -> act(rest, connection)));
      case "early" -> {
        CompletableFuture<Verdict> talked = new CompletableFuture<>();
        AcceptConstruct client = connection.orElseThrow();
        client.whenTalkedEarly(() -> talked.complete(act(rest, connection)));
        yield Verdict.suspend(talked);
      }
      case "twice" ->
          Verdict.suspend(
              released()
                  .thenApply(
                      _ -> Verdict.suspend(released().thenApply(_ -> act(rest, connection)))));
      case "never" ->
          Verdict.suspend(
              new CompletableFuture<Verdict>() {
                @Override
                public boolean cancel(boolean interrupts) {
                  notes.accept("cancelled in " + phase);
                  return super.cancel(interrupts);
                }
              });
      case "throw" -> throw new IllegalStateException("scripted failure");
      case "note" -> {
        notes.accept(rest.isEmpty() ? phase : phase + ": " + rest);
        yield Verdict.CONTINUE;
      }
      default -> {
        connection.orElseThrow().loop();
        operate(parts[0], rest, connection.orElseThrow());
        yield Verdict.CONTINUE;
      }
    };
  }

  private CompletableFuture<Void> released() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              release.acquireUninterruptibly();
              done.complete(null);
            });
    return done;
  }

  private static void operate(String word, String rest, AcceptConstruct connection) {
    ValidationContext validation = connection.validation();
    switch (word) {
      case "code" -> validation.setCode(Reply.parse(rest));
      case "end" -> validation.disconnect(Reply.parse(rest));
      case "banner" -> validation.banner(List.of(rest.split("[|]")));
      case "tarpit" -> validation.tarpit(Duration.ofMillis(Long.parseLong(rest)));
      case "add" -> validation.addRecipient(Address.of(rest), false);
      case "once" -> validation.addRecipient(Address.of(rest), true);
      case "remove" -> validation.removeRecipient(Address.of(rest));
      case "replace" ->
          validation.replaceRecipients(Arrays.stream(rest.split(" ")).map(Address::of).toList());
      case "set" -> connection.context().set(rest.split(" ", 2)[0], rest.split(" ", 2)[1]);
      case "result" -> {
        String[] of = rest.split(" ", 5);
        validation.addResult(
            AuthenticationResult.of(
                of[0], of[1], new AuthenticationResult.Property(of[2], of[3], of[4])));
      }
      default -> throw new IllegalArgumentException(word + " " + rest);
    }
  }

  private Verdict act(Message message, Optional<AcceptConstruct> connection) {
    String[] parts = words.split(" ", 3);
    String script = words;
    if (parts[0].equals("for")) {
      if (!message.recipient().toString().equals(parts[1])) {
        return Verdict.CONTINUE;
      }
      script = parts[2];
    }
    if (script.startsWith("bind ")) {
      message.setBinding(script.split(" ", 3)[1], script.split(" ", 3)[2]);
      return Verdict.CONTINUE;
    }
    if (script.equals("parts")) {
      MessageShape shape = message instanceof MailMessage mail ? mail.shape() : null;
      notes.accept(phase + ": parts " + (shape == null ? "unknown" : "" + shape.children().size()));
      return Verdict.CONTINUE;
    }
    if (script.startsWith("edit ")) {
      message.setBody(Body.of((script.substring(5) + "\r\n").getBytes(StandardCharsets.UTF_8)));
      return Verdict.CONTINUE;
    }
    if (script.startsWith("header ")) {
      message.setBody(
          message.body().prepend((script.substring(7) + "\r\n").getBytes(StandardCharsets.UTF_8)));
      return Verdict.CONTINUE;
    }
    return act(script, connection);
  }

  private Verdict act(AcceptConstruct connection) {
    return act(words, Optional.of(connection));
  }

  private Verdict act(Message message, AcceptConstruct connection) {
    return act(message, Optional.of(connection));
  }

  private <T> Optional<T> answer(java.util.function.Function<String, T> parse) {
    if (words.startsWith("answer ")) {
      return Optional.of(parse.apply(words.substring("answer ".length()).replace("|", "\n")));
    }
    act(words, Optional.empty());
    return Optional.empty();
  }

  @Override
  public Verdict validateAccept(AcceptConstruct connection) {
    return act(connection);
  }

  @Override
  public Verdict validateConnect(AcceptConstruct connection) {
    return act(connection);
  }

  @Override
  public void coreValidateConnect(AcceptConstruct connection) {
    act(connection);
  }

  @Override
  public Verdict validateEhlo(String line, AcceptConstruct connection) {
    return act(connection);
  }

  @Override
  public Verdict validateAuth(AuthStatus status, AcceptConstruct connection) {
    return act(connection);
  }

  @Override
  public Verdict validateMailfrom(Transaction transaction) {
    return act(transaction.connection());
  }

  @Override
  public Verdict validateRcptto(Address recipient, Transaction transaction) {
    return act(transaction.connection());
  }

  @Override
  public Optional<Boolean> preEcCanRelayTo(String domain, Transaction transaction) {
    return answer(Boolean::valueOf);
  }

  @Override
  public Optional<Boolean> configGetDomainRelay(String domain, Transaction transaction) {
    return answer(Boolean::valueOf);
  }

  @Override
  public Verdict validateRcpttoList(Transaction transaction) {
    return act(transaction.connection());
  }

  @Override
  public Verdict validateRcpttoListFinal(Transaction transaction) {
    return act(transaction.connection());
  }

  @Override
  public Optional<String> getReceivedHeaderText(Message message, AcceptConstruct connection) {
    return answer(text -> text);
  }

  @Override
  public Optional<String> getProtocolString(Message message, AcceptConstruct connection) {
    return answer(text -> text);
  }

  @Override
  public Verdict validateData(Message message, AcceptConstruct connection) {
    return act(message, connection);
  }

  @Override
  public Verdict validateDataSpool(Message message, AcceptConstruct connection) {
    return act(message, connection);
  }

  @Override
  public Verdict validateDataSpoolEachRcpt(Message message, AcceptConstruct connection) {
    return act(message, connection);
  }

  @Override
  public void coreValidateDataSpoolEachRcpt(Message message, AcceptConstruct connection) {
    act(message, connection);
  }

  @Override
  public void postValidateDataSpoolEachRcpt(Message message, AcceptConstruct connection) {
    act(message, connection);
  }

  @Override
  public Verdict validateSetBinding(Message message) {
    return act(message, Optional.empty());
  }

  @Override
  public Verdict finalValidation2(Message message) {
    return act(message, Optional.empty());
  }

  @Override
  public Verdict finalValidation(Message message) {
    return act(message, Optional.empty());
  }

  @Override
  public void postFinalValidation(Message message) {
    act(message, Optional.empty());
  }

  @Override
  public void postSmtpCommand(ByteBuffer command, AcceptConstruct connection) {
    notes.accept("command " + StandardCharsets.ISO_8859_1.decode(command));
  }

  @Override
  public void incInboundConnections(AcceptConstruct connection) {
    act(connection);
  }

  @Override
  public void decInboundConnections(AcceptConstruct connection) {
    act(connection);
  }

  @Override
  public void serverEsmtpSessionAbort(AcceptConstruct connection) {
    act(connection);
  }

  @Override
  public void validateDealloc(AcceptConstruct connection) {
    act(connection);
  }

  @Override
  public InboundTlsChoice inboundTlsParameters(
      AcceptConstruct connection, InboundTlsChoice wanted) {
    String file = TestTls.file(words.split(" ", 2)[1]).toString();
    return new InboundTlsChoice(
        Optional.of(file + ".pem"),
        Optional.of(file + ".key"),
        wanted.clientCa(),
        wanted.ciphers());
  }

  @Override
  public boolean inboundSmtpTlsVerify(AcceptConstruct connection, InboundTls tls) {
    if (words.equals("throw")) {
      throw new IllegalStateException("scripted failure");
    }
    return words.equals("verified true");
  }

  @Override
  public Verdict inboundSmtpTlsPostAccept(AcceptConstruct connection, InboundTls tls) {
    return act(connection);
  }
}
