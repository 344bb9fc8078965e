package org.impetusmta.api.ecstream;

import java.util.List;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Reply;

/** One frame of ECStream. Immutable. */
public sealed interface Frame {
  /** The client's first frame. */
  record Hello(int version, String name) implements Frame {}

  /**
   * The server's answer: what may be under way at a time, and how large a message may be.
   *
   * @param messages messages that may wait for their result
   * @param octets octets of bodies that may; a single message may always be under way
   * @param recipients of one message
   * @param messageSize octets of one body
   */
  record Welcome(int version, int messages, int octets, int recipients, int messageSize)
      implements Frame {}

  /**
   * A message.
   *
   * @param sequence the client's number for it
   * @param body in wire form, as after DATA without the final dot
   */
  record Submit(
      int sequence, boolean eightBitMime, Address sender, List<Address> recipients, Body body)
      implements Frame {
    public Submit {
      recipients = List.copyOf(recipients);
    }
  }

  /**
   * What became of a message: one reply for each recipient, or a single one for all.
   *
   * @param sequence that of the message
   */
  record Result(int sequence, List<Reply> replies) implements Frame {
    public Result {
      replies = List.copyOf(replies);
    }
  }

  /**
   * Its sender submits, or serves, nothing more. A message without a result was not taken when the
   * server says it.
   */
  record Bye(Reply reply) implements Frame {}
}
