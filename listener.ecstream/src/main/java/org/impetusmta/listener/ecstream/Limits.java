package org.impetusmta.listener.ecstream;

import org.impetusmta.api.ecstream.Frame;
import org.impetusmta.api.ecstream.FrameCodec;

/** What a client is allowed, as it is told in the welcome. */
final class Limits {
  static final int MESSAGES = 256;
  static final int OCTETS = 4 << 20;
  static final int RECIPIENTS = 10_000;
  static final int MESSAGE_SIZE = 64 << 20;

  static final Frame.Welcome WELCOME =
      new Frame.Welcome(FrameCodec.VERSION, MESSAGES, OCTETS, RECIPIENTS, MESSAGE_SIZE);

  /** Octets of the longest frame of a message. */
  static final int FRAME =
      MESSAGE_SIZE + RECIPIENTS * (FrameCodec.LONGEST_ADDRESS / 4) + 2 * FrameCodec.LONGEST_ADDRESS;

  private Limits() {}
}
