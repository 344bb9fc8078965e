package org.impetusmta.core.reception;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.reception.AuthenticationResult;
import org.impetusmta.core.message.MailMessage;

/**
 * The header fields that reception puts in front of a message: Received and Return-Path before its
 * phases, Authentication-Results when modules have reported what their checks came to. Single; a
 * session's.
 */
final class TraceFields {
  private final InboundConversation session;
  private final ReceptionHooks hooks;

  TraceFields(InboundConversation session) {
    this.session = session;
    this.hooks = session.reception.hooks;
  }

  /**
   * What was received, with what says that it was.
   *
   * @throws ModuleFailure when a module that has a say in it fails
   */
  Body traced(MailMessage shared, Body received, long now) throws ModuleFailure {
    if (!session.options.rfc2822TraceHeaders()) {
      return received;
    }
    Optional<byte[]> policys =
        ModuleFailure.firstAnswer(
            "get_received_header_text",
            hooks.receivedText(),
            hook -> hook.getReceivedHeaderText(shared, session).map(TraceHeader::field));
    byte[] field = policys.isPresent() ? policys.get() : usual(shared, now);
    if (!session.options.returnPathHeader()) {
      return received.withFields(field);
    }
    return HeaderRemoval.remove(received, "Return-Path", _ -> true)
        .withFields(field)
        .withFields(TraceHeader.returnPath(shared.sender()));
  }

  private byte[] usual(MailMessage shared, long now) throws ModuleFailure {
    Optional<String> said =
        ModuleFailure.firstAnswer(
            "get_protocol_string_for_trace_headers",
            hooks.protocolString(),
            hook -> hook.getProtocolString(shared, session).map(TraceProtocol::checked));
    return session.reception.trace.field(
        session.greeting.traceBeginning(),
        shared.sender(),
        said.isPresent() ? said.get() : session.greeting.with(shared.context()),
        shared.id(),
        now);
  }

  /** The body with what checks of the sender came to above everything else of the header. */
  Body withResults(Body body) {
    List<AuthenticationResult> results = new ArrayList<>(session.validation.results());
    if (results.isEmpty() && session.options.authservId().isEmpty()) {
      return body;
    }
    if (session.isAuthenticated()) {
      // who it was is nobody's business
      results.add(AuthenticationResult.of("auth", "pass"));
    }
    Body honest = AuthenticationResults.withoutForged(body, session.pathway().authservId());
    return results.isEmpty()
        ? honest
        : honest.withFields(AuthenticationResults.field(session.pathway().authservId(), results));
  }
}
