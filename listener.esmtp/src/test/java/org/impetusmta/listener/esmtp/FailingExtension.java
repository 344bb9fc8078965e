package org.impetusmta.listener.esmtp;

import java.util.Optional;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.reception.SmtpDialogue;
import org.impetusmta.api.reception.SmtpExtension;

/** The extension XFAIL of a module that fails, or defers where it is told to. */
final class FailingExtension implements SmtpExtension {
  @Override
  public String keyword() {
    return "XFAIL";
  }

  @Override
  public Optional<Reply> command(String argument, SmtpDialogue dialogue) {
    if (argument.equals("later")) {
      return Optional.of(new Reply(450, "4.7.1", "not now"));
    }
    throw new IllegalStateException("fails");
  }
}
