package org.impetusmta.module.reception_timing_logger;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.reception.ReceptionState;
import org.impetusmta.api.timing.ReceptionTiming;
import org.impetusmta.api.timing.ReceptionTiming.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The lines of modules.reception_timing. */
final class ReceptionTimingLoggerTest {
  private static final MessageId ID = MessageId.of(1, 2, 3);

  private static ReceptionTiming timing(
      Result result,
      long micros,
      long scan,
      long size,
      String messageId,
      Optional<ReceptionState> state) {
    return new ReceptionTiming(
        result,
        1_356_769_421_000_000L,
        micros,
        scan,
        size,
        "127.0.0.1:37656",
        "127.0.0.1:8710",
        "default",
        ID,
        ID,
        messageId,
        state);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          RECEIVED     | 40929   | 519     | 1005 |                 | received after 0.040929 s (scanned in 0.000519 s) size=1005 src=127.0.0.1:37656 dst=127.0.0.1:8710 pathway=default ID=%s batch-ID=%s Message-ID=""
          REJECTED     | 0       | 0       | -1   | AWAITING_MAILFROM | rejected after 0.000000 s (scanned in 0.000000 s) size=0??? src=127.0.0.1:37656 dst=127.0.0.1:8710 pathway=default ID=%s batch-ID=%s Message-ID="" phase=4 (awaiting mailfrom)
          REJECTED     | 1039839 | 1000001 | 1008 | READING_BODY    | rejected after 1.039839 s (scanned in 1.000001 s) size=1008 src=127.0.0.1:37656 dst=127.0.0.1:8710 pathway=default ID=%s batch-ID=%s Message-ID="" phase=9 (reading body)
          DISCONNECTED | 1001713 | 0       | -1   | AWAITING_RCPTTO | unexpected disconnect after 1.001713 s (scanned in 0.000000 s) size=0??? src=127.0.0.1:37656 dst=127.0.0.1:8710 pathway=default ID=%s batch-ID=%s Message-ID="" phase=6 (awaiting rcptto)
          DISCONNECTED | 7025    | 7025    | 504  | ASYNC_BODY_RESPONSE | unexpected disconnect after 0.007025 s (scanned in 0.007025 s) size=504 src=127.0.0.1:37656 dst=127.0.0.1:8710 pathway=default ID=%s batch-ID=%s Message-ID="" phase=12 (async body response)
          """)
  void theManualsLines(
      Result result, long micros, long scan, long size, String state, String expected) {
    Optional<ReceptionState> where =
        state == null ? Optional.empty() : Optional.of(ReceptionState.valueOf(state));
    assertThat(ReceptionTimingLogger.line(timing(result, micros, scan, size, "", where)))
        .isEqualTo(expected.formatted(ID, ID));
  }

  @Test
  void aMessageIdForgesNothing() {
    assertThat(
            ReceptionTimingLogger.line(
                timing(Result.RECEIVED, 0, 0, 1, "<a\" phase=1 \\b>", Optional.empty())))
        .endsWith(" Message-ID=\"<a\\\" phase=1 \\\\b>\"");
  }

  @Test
  void everyLoggerIsToldOnce() {
    List<String> told = new ArrayList<>();
    ReceptionTimingLogger logger =
        new ReceptionTimingLogger(() -> List.of((where, item) -> told.add(where + " " + item)));
    logger.receptionTimed(timing(Result.RECEIVED, 1, 1, 1, "", Optional.empty()));
    assertThat(told).singleElement().asString().startsWith("default received after 0.000001 s");
    new ReceptionTimingLogger(() -> List.of())
        .receptionTimed(timing(Result.RECEIVED, 1, 1, 1, "", Optional.empty()));
  }
}
