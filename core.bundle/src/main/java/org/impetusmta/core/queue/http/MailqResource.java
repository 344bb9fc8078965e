package org.impetusmta.core.queue.http;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.impetusmta.api.http.HttpAnswer;
import org.impetusmta.api.http.HttpRequest;
import org.impetusmta.api.http.HttpResource;
import org.impetusmta.core.queue.MailQueue;
import org.impetusmta.core.queue.QueueConsole;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code GET /stats/queues/mailq}: the largest queues, as many as {@code limit} says, by binding
 * group, binding and domain; sent as they are read. Concurrent. Source: http-api-stats/queues-mailq
 * of the newer manual.
 */
@Component(service = HttpResource.class)
public final class MailqResource implements HttpResource {
  private static final int LIMIT = 20;

  private static final Comparator<MailQueue> LARGEST =
      Comparator.<MailQueue>comparingLong(queue -> (long) queue.activeSize() + queue.delayedSize())
          .reversed();

  private static final Comparator<MailQueue> BY_NAME =
      Comparator.comparing(MailQueue::bindingGroup)
          .thenComparing(MailQueue::binding)
          .thenComparing(MailQueue::domain);

  private final QueueConsole queues;

  @Activate
  public MailqResource(@Reference QueueConsole queues) {
    this.queues = queues;
  }

  @Override
  public String path() {
    return "/stats/queues/mailq";
  }

  @Override
  public Set<String> methods() {
    return Set.of("GET");
  }

  @Override
  public HttpAnswer answer(HttpRequest request) {
    Optional<String> domain =
        request.parameter("domain").map(name -> name.toLowerCase(Locale.ROOT));
    Optional<String> binding =
        request.parameter("binding").or(() -> request.parameter("ip").map(ip -> "ip_" + ip));
    List<MailQueue> found =
        queues.queues().stream()
            .filter(queue -> domain.isEmpty() || queue.domain().equals(domain.get()))
            .filter(queue -> binding.isEmpty() || queue.binding().equals(binding.get()))
            .sorted(LARGEST)
            .limit(limit(request))
            .sorted(BY_NAME)
            .toList();
    return HttpAnswer.streamed(200, HttpAnswer.JSON, to -> write(found, to));
  }

  /** What is no number above zero is the default. */
  private static int limit(HttpRequest request) {
    try {
      int limit = request.parameter("limit").map(Integer::parseInt).orElse(LIMIT);
      return limit > 0 ? limit : LIMIT;
    } catch (NumberFormatException e) {
      return LIMIT;
    }
  }

  private static void write(List<MailQueue> found, OutputStream to) throws IOException {
    try (JsonGenerator out = Json.FACTORY.createGenerator(to)) {
      out.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
      out.writeStartObject();
      out.writeArrayFieldStart("QueueSummary");
      for (MailQueue queue : found) {
        out.writeStartObject();
        out.writeStringField("group", queue.bindingGroup());
        out.writeStringField("binding", queue.binding());
        out.writeStringField("domain", queue.domain());
        out.writeNumberField("aq", queue.activeSize());
        out.writeNumberField("dq", queue.delayedSize());
        out.writeNumberField("receptions", queue.receptions());
        out.writeNumberField("permfails", queue.failures());
        out.writeNumberField("transfails", queue.transientFailures());
        out.writeNumberField("deliveries", queue.deliveries());
        out.writeEndObject();
      }
      out.writeEndArray();
      out.writeEndObject();
    }
  }
}
