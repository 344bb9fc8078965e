package org.impetusmta.delivery.esmtp;

import java.time.Duration;
import org.impetusmta.delivery.esmtp.EsmtpOptions.Send8BitMime;
import org.impetusmta.delivery.esmtp.EsmtpOptions.Transform;
import org.impetusmta.delivery.esmtp.EsmtpOptions.Xclient;

/** Options of the dialogue for tests. */
final class TestOptions {
  private TestOptions() {}

  static EsmtpOptions seconds(int seconds) {
    return of(Duration.ofSeconds(seconds), "__hostname__", Send8BitMime.NO);
  }

  /** Bodies that stayed in a file are sent from it. */
  static EsmtpOptions sendfile() {
    return sendfile(Duration.ofSeconds(20));
  }

  static EsmtpOptions sendfile(Duration timeout) {
    return of(timeout, "__hostname__", Send8BitMime.NO, Transform.NO, Xclient.NO, true);
  }

  static EsmtpOptions of(Duration timeout, String ehloHostname, Send8BitMime send8BitMime) {
    return of(timeout, ehloHostname, send8BitMime, Transform.NO, Xclient.NO, false);
  }

  static EsmtpOptions transforming(Transform transform) {
    return of(
        Duration.ofSeconds(20), "__hostname__", Send8BitMime.NO, transform, Xclient.NO, false);
  }

  static EsmtpOptions xclient(Xclient xclient) {
    return of(
        Duration.ofSeconds(20), "__hostname__", Send8BitMime.NO, Transform.NO, xclient, false);
  }

  /** So many octets for the operating system's buffers. */
  static EsmtpOptions buffers(int octets) {
    return of(
        Duration.ofSeconds(20),
        "__hostname__",
        Send8BitMime.NO,
        Transform.NO,
        Xclient.NO,
        false,
        octets);
  }

  private static EsmtpOptions of(
      Duration timeout,
      String ehloHostname,
      Send8BitMime send8BitMime,
      Transform transform,
      Xclient xclient,
      boolean sendfile) {
    return of(timeout, ehloHostname, send8BitMime, transform, xclient, sendfile, 0);
  }

  private static EsmtpOptions of(
      Duration timeout,
      String ehloHostname,
      Send8BitMime send8BitMime,
      Transform transform,
      Xclient xclient,
      boolean sendfile,
      int buffers) {
    return new EsmtpOptions(
        timeout,
        timeout,
        timeout,
        timeout,
        timeout,
        timeout,
        ehloHostname,
        send8BitMime,
        transform,
        EsmtpOptions.SendChunking.IFAVAILABLE,
        xclient,
        sendfile,
        buffers);
  }
}
