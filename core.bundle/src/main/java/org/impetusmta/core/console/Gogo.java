package org.impetusmta.core.console;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.impetusmta.api.console.Console;
import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.api.console.ConsoleException;
import org.impetusmta.api.console.ConsoleInvocation;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code gogo line}: runs a line of the Felix Gogo shell, in a shell session of its own, and prints
 * what it printed and returned: {@code gogo lb}. Exists only where Gogo is. Concurrent.
 */
@Component(service = ConsoleCommand.class)
public final class Gogo implements ConsoleCommand {
  private static final Logger LOG = LoggerFactory.getLogger(Gogo.class);

  private final CommandProcessor processor;

  @Activate
  public Gogo(@Reference CommandProcessor processor) {
    this.processor = processor;
  }

  @Override
  public String name() {
    return "gogo";
  }

  @Override
  public String synopsis() {
    return "line";
  }

  @Override
  public String summary() {
    return "run a line in the Felix Gogo shell";
  }

  @Override
  public void run(ConsoleInvocation invocation) throws ConsoleException {
    if (invocation.text().isEmpty()) {
      throw new ConsoleException("usage: gogo line");
    }
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    String failure = "";
    try (PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
        CommandSession session =
            processor.createSession(InputStream.nullInputStream(), (OutputStream) out, out)) {
      try {
        Object result = session.execute(invocation.text());
        if (result != null) {
          out.println(session.format(result, Converter.INSPECT));
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        failure = "interrupted";
      } catch (Exception e) {
        // Gogo lets any exception of a command through; its text is for the operator
        LOG.debug("gogo {}", invocation.text(), e);
        failure = e.getMessage() == null ? e.toString() : e.getMessage();
      } finally {
        if (session.get(GogoScope.SESSION) instanceof Console.Session opened) {
          opened.close();
        }
      }
    }
    printed.toString(StandardCharsets.UTF_8).lines().forEach(invocation::println);
    if (!failure.isEmpty()) {
      throw new ConsoleException(failure);
    }
  }
}
