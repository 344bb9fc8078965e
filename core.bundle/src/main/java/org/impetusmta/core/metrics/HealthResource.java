package org.impetusmta.core.metrics;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.impetusmta.api.http.HttpAnswer;
import org.impetusmta.api.http.HttpRequest;
import org.impetusmta.api.http.HttpResource;
import org.impetusmta.api.metrics.HealthCheck;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/**
 * {@code GET /health}: 200 where the server can be given work, else 503, with the reasons: {@code
 * {"live":true,"ready":false,"reasons":{"spool":"…"}}}. {@code /health/live} is 200 as long as it
 * answers at all. Beyond the manual. Concurrent.
 */
@Component(service = HttpResource.class)
public final class HealthResource implements HttpResource {
  private static final JsonFactory JSON = new JsonFactory();

  private final List<HealthCheck> checks = new CopyOnWriteArrayList<>();

  @Activate
  public HealthResource() {}

  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      unbind = "remove")
  void add(HealthCheck check) {
    checks.add(check);
  }

  void remove(HealthCheck check) {
    checks.remove(check);
  }

  @Override
  public String path() {
    return "/health";
  }

  @Override
  public Set<String> methods() {
    return Set.of("GET");
  }

  @Override
  public boolean below() {
    return true;
  }

  @Override
  public HttpAnswer answer(HttpRequest request) {
    boolean live = request.path().equals("/health/live");
    if (!live && !request.path().equals("/health")) {
      return HttpAnswer.of(404, HttpAnswer.TEXT, "Not Found\n");
    }
    Map<String, String> reasons = new TreeMap<>();
    for (HealthCheck check : checks) {
      check.problem().ifPresent(problem -> reasons.put(check.part(), problem));
    }
    return HttpAnswer.of(live || reasons.isEmpty() ? 200 : 503, HttpAnswer.JSON, json(reasons));
  }

  private static String json(Map<String, String> reasons) {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = JSON.createGenerator(text)) {
      out.writeStartObject();
      out.writeBooleanField("live", true);
      out.writeBooleanField("ready", reasons.isEmpty());
      out.writeObjectFieldStart("reasons");
      for (Map.Entry<String, String> reason : reasons.entrySet()) {
        out.writeStringField(reason.getKey(), reason.getValue());
      }
      out.writeEndObject();
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a StringWriter does not throw
    }
    return text + "\n";
  }
}
