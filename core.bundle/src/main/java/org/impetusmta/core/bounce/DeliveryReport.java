package org.impetusmta.core.bounce;

import java.util.Optional;
import java.util.OptionalLong;
import org.impetusmta.api.hook.GenerateRfc3464MessagePreamble.Preamble;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.queue.DsnAction;

/**
 * What a notification tells about one recipient. Immutable. Source: RFC 3464 section 2.
 *
 * @param to who is told: the reverse-path or the operator's mailbox; never null
 * @param recipient the forward-path that failed or waits
 * @param arrivalMillis when the message was accepted
 * @param nowMillis when it failed, or when the sender is warned
 * @param reply why, the peer's words or ours; empty where nothing was attempted
 * @param lastReply what an earlier attempt was told, where the reply is only that time is over
 * @param remote the server that said so, name or address; empty when there was none
 * @param attemptedMillis when the last attempt was, where that is known
 * @param retryUntilMillis when a delayed message is given up
 * @param envelopeId the sender's ENVID, decoded (RFC 3461)
 * @param originalRecipient the sender's ORCPT, {@code type;address} decoded (RFC 3461)
 * @param preamble what policy wrote for people
 */
public record DeliveryReport(
    DsnAction action,
    Address to,
    Address recipient,
    long arrivalMillis,
    long nowMillis,
    Optional<Reply> reply,
    String lastReply,
    Optional<String> remote,
    OptionalLong attemptedMillis,
    OptionalLong retryUntilMillis,
    Optional<String> envelopeId,
    Optional<String> originalRecipient,
    Optional<Preamble> preamble) {

  /** A failure for good. */
  public static DeliveryReport failed(
      Address to,
      Address recipient,
      long arrivalMillis,
      long nowMillis,
      Reply reply,
      String lastReply,
      Optional<String> remote) {
    return new DeliveryReport(
        DsnAction.FAILED,
        to,
        recipient,
        arrivalMillis,
        nowMillis,
        Optional.of(reply),
        lastReply,
        remote,
        OptionalLong.of(nowMillis),
        OptionalLong.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /**
   * Success: it was delivered, or handed on to a host that reports no further.
   *
   * @param remote the server that took it
   */
  public static DeliveryReport succeeded(
      DsnAction action,
      Address to,
      Address recipient,
      long arrivalMillis,
      long nowMillis,
      Reply reply,
      String remote) {
    return new DeliveryReport(
        action,
        to,
        recipient,
        arrivalMillis,
        nowMillis,
        Optional.of(reply),
        "",
        Optional.of(remote),
        OptionalLong.of(nowMillis),
        OptionalLong.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** Whether it tells of success. */
  public boolean success() {
    return action == DsnAction.DELIVERED || action == DsnAction.RELAYED;
  }

  /**
   * A delay.
   *
   * @param reply what the last attempt was told; empty before the first
   */
  public static DeliveryReport delayed(
      Address to,
      Address recipient,
      long arrivalMillis,
      long nowMillis,
      Optional<Reply> reply,
      long retryUntilMillis) {
    return new DeliveryReport(
        DsnAction.DELAYED,
        to,
        recipient,
        arrivalMillis,
        nowMillis,
        reply,
        "",
        Optional.empty(),
        OptionalLong.empty(),
        OptionalLong.of(retryUntilMillis),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** The same with what the sender's DSN parameters said (RFC 3461). */
  public DeliveryReport asked(Optional<String> envid, Optional<String> orcpt) {
    return with(envid, orcpt, preamble);
  }

  /** The same with a text of policy's. */
  public DeliveryReport introduced(Optional<Preamble> text) {
    return with(envelopeId, originalRecipient, text);
  }

  private DeliveryReport with(
      Optional<String> envid, Optional<String> orcpt, Optional<Preamble> text) {
    return new DeliveryReport(
        action,
        to,
        recipient,
        arrivalMillis,
        nowMillis,
        reply,
        lastReply,
        remote,
        attemptedMillis,
        retryUntilMillis,
        envid,
        orcpt,
        text);
  }
}
