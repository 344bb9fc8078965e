package org.impetusmta.module.response_transcode;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.impetusmta.api.config.Option;
import org.impetusmta.api.config.OptionSet;
import org.impetusmta.api.config.Scopes;
import org.impetusmta.api.delivery.Delivery;
import org.impetusmta.api.delivery.Stage;
import org.impetusmta.api.hook.DeliveryResponse;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.Reply;
import org.impetusmta.api.module.Module;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rewrites 4xx and 5xx replies of remote hosts that match a pattern, before anything is done with
 * them. The pattern is looked for in {@code code text}, its lines separated by LF. Permanent
 * failures that this server made itself ({@code [internal]}) stay; so does a reply whose
 * replacement begins with no code of 4xx or 5xx. Read-only. Source: modules.response_transcode.
 */
@Module(
    name = "response_transcode",
    kind = Module.Kind.SINGLETON,
    singleton = "true",
    autoload = "true",
    description = "Rewriting of replies")
@Component(factory = Module.FACTORY + "response_transcode", service = DeliveryResponse.class)
public final class ResponseTranscode implements DeliveryResponse {
  private static final Logger LOG = LoggerFactory.getLogger(ResponseTranscode.class);

  /** Characters of a reply that are looked at: a pattern may take long over more. */
  private static final int MAX = 2000;

  /** What is rewritten, per binding and domain. */
  @OptionSet({Scopes.GLOBAL, Scopes.BINDING_GROUP, Scopes.BINDING, Scopes.DOMAIN})
  public record Options(
      @Option(doc = "Which error replies of remote hosts are rewritten")
          Optional<Pattern> responseTranscodePattern,
      @Option(doc = "What such a reply becomes; $1 and so on are groups of the pattern")
          Optional<String> responseTranscodeReplace) {}

  @Activate
  public ResponseTranscode() {}

  @Override
  public Reply deliveryResponse(Delivery delivery, Message message, Stage stage, Reply reply) {
    Options options = delivery.options(Options.class);
    Pattern pattern = options.responseTranscodePattern().orElse(null);
    String replacement = options.responseTranscodeReplace().orElse(null);
    if (pattern == null
        || replacement == null
        || (reply.isPermanent() && reply.text().startsWith("[internal]"))) {
      return reply;
    }
    String said = reply.toString();
    Matcher matcher = pattern.matcher(said.substring(0, Math.min(MAX, said.length())));
    if (!matcher.find()) {
      return reply;
    }
    String made = expanded(replacement, matcher);
    if (!made.matches("(?s)[45]\\d\\d([ -].*)?")) {
      LOG.warn("response_transcode_replace makes no reply of {}: {}", reply, replacement);
      return reply;
    }
    return Reply.parse(made);
  }

  /** {@code $0} is all that matched; a group that does not exist or did not match is empty. */
  static String expanded(String replacement, Matcher matcher) {
    StringBuilder text = new StringBuilder();
    int at = 0;
    while (at < replacement.length()) {
      char c = replacement.charAt(at++);
      int group =
          c == '$' && at < replacement.length() ? Character.digit(replacement.charAt(at), 10) : -1;
      if (group < 0) {
        text.append(c);
      } else {
        at++;
        String found = group <= matcher.groupCount() ? matcher.group(group) : null;
        text.append(found == null ? "" : found);
      }
    }
    return text.toString().strip();
  }
}
