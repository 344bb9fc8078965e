package org.impetusmta.core.queue.console;

import org.impetusmta.api.console.ConsoleCommand;
import org.impetusmta.core.queue.QueueWork;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code fail all quiet}: fail the mail of all domains that a filter fits, without bounces.
 * Concurrent. Source: the newer manual, fail all quiet.
 */
@Component(service = ConsoleCommand.class)
public final class FailAllQuietCommand extends FailAllCommand {
  @Activate
  public FailAllQuietCommand(@Reference QueueWork work) {
    super(work, true);
  }
}
