package org.impetusmta.api.bounce;

import java.util.Optional;

/**
 * What a mail says that came back to an address of {@code Bounce_Domains}: a report of failed
 * delivery, or whatever else is sent there. Immutable; a copy of the parts that matter.
 *
 * @param originalRecipient the recipient of the mail that it is about, if it can be found
 * @param failed what a delivery status (RFC 3464) says of a recipient, the failed one if there is
 *     one; empty where there is no delivery status
 * @param header the header, one line a field, at most some 16 KiB
 * @param text the text for people, without the mail that was returned, at most some 16 KiB
 */
public record BounceReport(
    Optional<String> originalRecipient, Optional<Status> failed, String header, String text) {
  /**
   * Fields of a delivery status.
   *
   * @param action {@code failed}, {@code delayed}, {@code delivered}, … in lower case
   * @param status an enhanced status code, {@code 5.1.1}
   * @param diagnostic the value of Diagnostic-Code without its type; may be empty
   */
  public record Status(String action, String status, String diagnostic) {}
}
