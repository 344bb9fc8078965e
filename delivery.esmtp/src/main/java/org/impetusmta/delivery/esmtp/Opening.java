package org.impetusmta.delivery.esmtp;

import io.netty.buffer.ByteBuf;
import java.util.List;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;

/**
 * The opening of a session: banner, EHLO (or HELO where the peer knows no other), then the {@link
 * SessionStep}s. A step after which the peer has forgotten all it heard asks for EHLO again; the
 * steps behind it are taken with what that answer offers.
 *
 * <p>A host that refuses costs no message, unless a step needs one ({@link #refuse}). Confined to
 * the connection's loop.
 */
final class Opening implements Phase {
  private enum Next {
    EHLO,
    HELO,
    STEPS
  }

  private final EsmtpConnection connection;
  private final String hostName;
  private final Dialect dialect;
  private final List<SessionStep> steps;
  private Next next = Next.EHLO;
  private boolean helo;

  /** The step under way, or the next one to take. */
  private int step;

  /** Whether a step is under way: replies are its own. */
  private boolean stepping;

  Opening(
      EsmtpConnection connection, String hostName, Dialect dialect, EsmtpConnection.Steps steps) {
    this.dialect = dialect;
    this.helo = dialect == Dialect.SMTP;
    this.connection = connection;
    this.hostName = hostName;
    this.steps = steps.apply(connection, this);
  }

  /** The connection stands: the peer speaks first. */
  void begin() {
    connection.stage(Stage.BANNER);
    connection.expect(1, connection.options().ehloTimeout());
  }

  @Override
  public void replied(int code) {
    if (stepping) {
      steps.get(step).replied(code);
    } else if (connection.stage() == Stage.BANNER) {
      bannerReplied(code);
    } else {
      ehloReplied(code);
    }
  }

  private void bannerReplied(int code) {
    if (code == 220) {
      proceed(Next.EHLO);
    } else if (EsmtpConnection.refusal(code)) {
      connection.leave(Stage.BANNER);
    } else {
      connection.outOfStep(Failures.OUT_OF_STEP);
    }
  }

  private void ehloReplied(int code) {
    if (code / 100 == 2) {
      connection.extensionsOffered(helo);
      connection.stage(Stage.AFTER_EHLO);
      proceed(Next.STEPS);
    } else if (!helo && dialect == Dialect.ESMTP && (code == 500 || code == 502)) {
      proceed(Next.HELO);
    } else if (EsmtpConnection.refusal(code)) {
      connection.leave(Stage.AFTER_EHLO);
    } else {
      connection.outOfStep(Failures.OUT_OF_STEP);
    }
  }

  private void proceed(Next what) {
    next = what;
    connection.proceedLater();
  }

  @Override
  public void proceed() {
    if (stepping) {
      steps.get(step).proceed();
      return;
    }
    switch (next) {
      case EHLO, HELO -> sendHello(helo || next == Next.HELO);
      case STEPS -> takeSteps();
    }
  }

  private void sendHello(boolean heloOnly) {
    connection.stage(Stage.EHLO);
    helo = heloOnly;
    String name = helloName();
    ByteBuf out = connection.buffer(name.length() + 8);
    if (dialect == Dialect.LMTP) {
      Commands.lhlo(out, name);
    } else if (heloOnly) {
      Commands.helo(out, name);
    } else {
      Commands.ehlo(out, name);
    }
    connection.send(out, 1, connection.options().ehloTimeout());
  }

  private String helloName() {
    String name = connection.options().ehloHostname();
    if (name.equals("__message__")) {
      Message first = connection.firstMessage();
      name = first == null ? "" : first.sender().domain();
    }
    return name.isEmpty() || name.equals("__hostname__") || !Commands.printable(name)
        ? hostName
        : name;
  }

  private void takeSteps() {
    while (step < steps.size() && !connection.isClosed()) {
      stepping = true;
      if (steps.get(step).begin()) {
        return;
      }
      stepping = false;
      step++;
    }
    if (!connection.isClosed()) {
      connection.opened();
    }
  }

  // ---- for the exchange of mail

  /** Whether the session serves {@code message}; costs nothing where there are no steps. */
  SessionStep.Fit fits(Message message) {
    SessionStep.Fit worst = SessionStep.Fit.AS_IT_IS;
    for (int i = 0; i < steps.size(); i++) {
      SessionStep.Fit fit = steps.get(i).fits(message);
      if (fit.compareTo(worst) > 0) {
        worst = fit;
      }
    }
    return worst;
  }

  /** Takes the steps again that the first message needs, and all behind them. */
  void again(Message message) {
    step = 0;
    while (steps.get(step).fits(message) == SessionStep.Fit.AS_IT_IS) {
      step++;
    }
    connection.stage(Stage.AFTER_EHLO);
    takeSteps();
  }

  // ---- for the steps

  /** The step is done: the next one follows. */
  void done() {
    stepping = false;
    step++;
    proceed(Next.STEPS);
  }

  /** The step is done and the peer has forgotten all it heard: EHLO, then the next step. */
  void helloAgain() {
    stepping = false;
    step++;
    proceed(Next.EHLO);
  }

  /**
   * This host cannot serve: the message that is next fails with {@code reply}, all others stay, and
   * the connection ends with QUIT.
   */
  void refuse(Stage where, Reply reply) {
    stepping = false;
    connection.failFirstMessage(where, reply);
    connection.leave(where, reply);
  }
}
