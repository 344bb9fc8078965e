package org.impetusmta.api.bounce;

import java.util.List;
import java.util.Optional;

/**
 * What kind of failure a reply or a report tells of. Immutable. Source:
 * bounce_logger.classification.codes.
 *
 * @param code the number in logs; codes of an operator's own classes are below 100
 * @param symbol the name in scripts, {@code BC_…}
 * @param name a few words
 * @param description one sentence
 */
public record BounceClass(
    int code, String symbol, String name, String description, Category category) {
  /** What a sender makes of it. */
  public enum Category {
    /** Nobody can tell. */
    UNDETERMINED,
    /** The address is not to be written to again. */
    HARD,
    /** It may go through another time. */
    SOFT,
    /** The receiver does not want this mail, or mail of this sender. */
    BLOCK,
    /** This server's own policy, or no failure at all. */
    ADMIN
  }

  public static final BounceClass UNDETERMINED =
      new BounceClass(
          1,
          "BC_UNDETERMINED",
          "Undetermined",
          "The response text could not be identified.",
          Category.UNDETERMINED);

  public static final BounceClass INVALID_RECIPIENT =
      new BounceClass(
          10,
          "BC_INVALID_RECIPIENT",
          "Invalid Recipient",
          "The recipient is invalid.",
          Category.HARD);

  public static final BounceClass SOFT =
      new BounceClass(
          20, "BC_SOFT_BOUNCE", "Soft Bounce", "The message soft bounced.", Category.SOFT);

  public static final BounceClass DNS_FAILURE =
      new BounceClass(
          21,
          "BC_SOFT_DNS_FAILURE",
          "DNS Failure",
          "The message bounced due to a DNS failure.",
          Category.SOFT);

  public static final BounceClass MAILBOX_FULL =
      new BounceClass(
          22,
          "BC_SOFT_MAILBOX_FULL",
          "Mailbox Full",
          "The message bounced due to the remote mailbox being over quota.",
          Category.SOFT);

  public static final BounceClass TOO_LARGE =
      new BounceClass(
          23,
          "BC_SOFT_TOO_LARGE",
          "Too Large",
          "The message bounced because it was too large for the recipient.",
          Category.SOFT);

  public static final BounceClass TIMEOUT =
      new BounceClass(24, "BC_SOFT_TIMEOUT", "Timeout", "The message timed out.", Category.SOFT);

  public static final BounceClass ADMIN_FAILURE =
      new BounceClass(
          25,
          "BC_ADMIN_FAILURE",
          "Admin Failure",
          "The message was failed by Momentum's configured policies.",
          Category.ADMIN);

  public static final BounceClass GENERIC_NO_RCPT =
      new BounceClass(
          30,
          "BC_GENERIC_NO_RCPT",
          "Generic Bounce: No RCPT",
          "No recipient could be determined for the message.",
          Category.HARD);

  public static final BounceClass GENERIC =
      new BounceClass(
          40,
          "BC_GENERIC_BOUNCE",
          "Generic Bounce",
          "The message failed for unspecified reasons.",
          Category.SOFT);

  public static final BounceClass MAIL_BLOCK =
      new BounceClass(
          50,
          "BC_MAIL_BLOCK",
          "Mail Block",
          "The message was blocked by the receiver.",
          Category.BLOCK);

  public static final BounceClass SPAM_BLOCK =
      new BounceClass(
          51,
          "BC_SPAM_BLOCK",
          "Spam Block",
          "The message was blocked by the receiver as coming from a known spam source.",
          Category.BLOCK);

  public static final BounceClass SPAM_CONTENT =
      new BounceClass(
          52,
          "BC_SPAM_CONTENT",
          "Spam Content",
          "The message was blocked by the receiver as spam.",
          Category.BLOCK);

  public static final BounceClass PROHIBITED_ATTACHMENT =
      new BounceClass(
          53,
          "BC_PROHIBITED_ATTACHMENT",
          "Prohibited Attachment",
          "The message was blocked by the receiver because it contained an attachment.",
          Category.BLOCK);

  public static final BounceClass RELAYING_DENIED =
      new BounceClass(
          54,
          "BC_RELAYING_DENIED",
          "Relaying Denied",
          "The message was blocked by the receiver because relaying is not allowed.",
          Category.BLOCK);

  public static final BounceClass AUTO_REPLY =
      new BounceClass(
          60,
          "BC_AUTO_REPLY",
          "Auto-Reply",
          "The message is an auto-reply/vacation mail.",
          Category.SOFT);

  public static final BounceClass TRANSIENT_FAILURE =
      new BounceClass(
          70,
          "BC_TRANSIENT_FAILURE",
          "Transient Failure",
          "Message transmission has been temporarily delayed.",
          Category.SOFT);

  public static final BounceClass SUBSCRIBE =
      new BounceClass(
          80, "BC_SUBSCRIBE", "Subscribe", "The message is a subscribe request.", Category.ADMIN);

  public static final BounceClass UNSUBSCRIBE =
      new BounceClass(
          90,
          "BC_UNSUBSCRIBE",
          "Unsubscribe",
          "The message is an unsubscribe request.",
          Category.HARD);

  public static final BounceClass CHALLENGE_RESPONSE =
      new BounceClass(
          100,
          "BC_CHALLENGE_RESPONSE",
          "Challenge-Response",
          "The message is a challenge-response probe.",
          Category.SOFT);

  /** The classes that are always there, by code. */
  public static final List<BounceClass> ALL =
      List.of(
          UNDETERMINED,
          INVALID_RECIPIENT,
          SOFT,
          DNS_FAILURE,
          MAILBOX_FULL,
          TOO_LARGE,
          TIMEOUT,
          ADMIN_FAILURE,
          GENERIC_NO_RCPT,
          GENERIC,
          MAIL_BLOCK,
          SPAM_BLOCK,
          SPAM_CONTENT,
          PROHIBITED_ATTACHMENT,
          RELAYING_DENIED,
          AUTO_REPLY,
          TRANSIENT_FAILURE,
          SUBSCRIBE,
          UNSUBSCRIBE,
          CHALLENGE_RESPONSE);

  /** The class of that number that is always there. */
  public static Optional<BounceClass> of(int code) {
    return ALL.stream().filter(one -> one.code == code).findFirst();
  }

  /**
   * A class of an operator's own.
   *
   * @throws IllegalArgumentException when the code is not from 2 to 99, or has a class already
   */
  public static BounceClass custom(int code, String description) {
    if (code < 1 || code > 99) {
      throw new IllegalArgumentException("code " + code + ": expected a number below 100");
    }
    of(code)
        .ifPresent(
            known -> {
              throw new IllegalArgumentException("code " + code + " is \"" + known.name + "\"");
            });
    return new BounceClass(
        code, "BC_CUSTOM_" + code, description, description, Category.UNDETERMINED);
  }
}
