package org.impetusmta.listener.esmtp;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.impetusmta.testkit.smtp.SmtpTranscript;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Plays {@code src/test/smtp/*.smtp}. */
class TranscriptTest {
  @TestFactory
  Stream<DynamicTest> transcripts() throws IOException {
    List<Path> files;
    try (Stream<Path> found = Files.list(Path.of("src/test/smtp"))) {
      files = found.filter(file -> file.toString().endsWith(".smtp")).sorted().toList();
    }
    return files.stream()
        .map(
            file ->
                DynamicTest.dynamicTest(
                    file.getFileName().toString(),
                    file.toUri(),
                    () -> SmtpTranscript.read(file).play(EsmtpServer::new)));
  }
}
