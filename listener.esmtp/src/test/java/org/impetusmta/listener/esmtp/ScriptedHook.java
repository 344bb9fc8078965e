package org.impetusmta.listener.esmtp;

import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.impetusmta.api.hook.FinalValidation;
import org.impetusmta.api.hook.InboundSmtpTlsPostAccept;
import org.impetusmta.api.hook.InboundSmtpTlsVerify;
import org.impetusmta.api.hook.InboundTlsParameters;
import org.impetusmta.api.hook.ValidateConnect;
import org.impetusmta.api.hook.ValidateData;
import org.impetusmta.api.hook.ValidateDataSpool;
import org.impetusmta.api.hook.ValidateDataSpoolEachRcpt;
import org.impetusmta.api.hook.ValidateEhlo;
import org.impetusmta.api.hook.ValidateMailfrom;
import org.impetusmta.api.hook.ValidateRcptto;
import org.impetusmta.api.hook.ValidateSetBinding;
import org.impetusmta.api.hook.Verdict;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.AcceptConstruct;
import org.impetusmta.api.reception.Transaction;
import org.impetusmta.api.tls.InboundTls;
import org.impetusmta.api.tls.InboundTlsChoice;

/**
 * A module whose behaviour a transcript says: {@code continue}, {@code done}, {@code refuse 550
 * 5.7.1 text}, {@code disconnect 421 4.7.1 text}, {@code discard reason}, {@code throw}, {@code
 * wait} (until the transcript says release), {@code bind group binding}, {@code edit text} (a body
 * of its own), {@code certificate NAME} (for TLS), {@code verified true}; with {@code for address}
 * in front only for that recipient's message.
 */
final class ScriptedHook
    implements ValidateConnect,
        ValidateEhlo,
        ValidateMailfrom,
        ValidateRcptto,
        ValidateData,
        ValidateDataSpool,
        ValidateDataSpoolEachRcpt,
        ValidateSetBinding,
        FinalValidation,
        InboundTlsParameters,
        InboundSmtpTlsVerify,
        InboundSmtpTlsPostAccept {
  private final String words;
  private final Semaphore release;

  ScriptedHook(String words, Semaphore release) {
    this.words = words;
    this.release = release;
  }

  private Verdict act(String script) {
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
      case "throw" -> throw new IllegalStateException("scripted failure");
      default -> throw new IllegalArgumentException(script);
    };
  }

  private Verdict act(Message message) {
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
    if (script.startsWith("edit ")) {
      message.setBody(
          Body.of(
              (script.substring(5) + "\r\n").getBytes(java.nio.charset.StandardCharsets.UTF_8)));
      return Verdict.CONTINUE;
    }
    return act(script);
  }

  @Override
  public Verdict validateConnect(AcceptConstruct connection) {
    return act(words);
  }

  @Override
  public Verdict validateEhlo(String line, AcceptConstruct connection) {
    return act(words);
  }

  @Override
  public Verdict validateMailfrom(Transaction transaction) {
    return act(words);
  }

  @Override
  public Verdict validateRcptto(Address recipient, Transaction transaction) {
    return act(words);
  }

  @Override
  public Verdict validateData(Transaction transaction) {
    return act(words);
  }

  @Override
  public Verdict validateDataSpool(Message message, AcceptConstruct connection) {
    return act(message);
  }

  @Override
  public Verdict validateDataSpoolEachRcpt(Message message, AcceptConstruct connection) {
    return act(message);
  }

  @Override
  public Verdict validateSetBinding(Message message) {
    return act(message);
  }

  @Override
  public Verdict finalValidation(Message message) {
    return act(message);
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
    return act(words);
  }
}
