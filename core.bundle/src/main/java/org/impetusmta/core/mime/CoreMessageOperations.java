package org.impetusmta.core.mime;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.impetusmta.api.config.Configuration;
import org.impetusmta.api.config.Generation;
import org.impetusmta.api.config.ScopePath;
import org.impetusmta.api.config.ServerName;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.Body;
import org.impetusmta.api.message.Content;
import org.impetusmta.api.message.HeaderAddress;
import org.impetusmta.api.message.HeaderSection;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.message.MessageOperations;
import org.impetusmta.api.message.MessageThresholds;
import org.impetusmta.api.message.MessageTooLargeException;
import org.impetusmta.api.message.MimePart;
import org.impetusmta.api.message.NewMessage;
import org.impetusmta.api.message.TransferEncoding;
import org.impetusmta.api.reception.Submission;
import org.impetusmta.api.scheduler.Scheduler;
import org.impetusmta.core.message.MailMessage;
import org.impetusmta.core.message.MessageIds;
import org.impetusmta.core.message.MessageShape;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The operations over bodies in wire form. Concurrent. */
@Component
public final class CoreMessageOperations implements MessageOperations {
  /** Connection dictionary: the default_charset of its pathway where it is not US-ASCII. */
  public static final String DEFAULT_CHARSET = "default_charset";

  private static final byte[] CRLF = {'\r', '\n'};
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss Z", Locale.ENGLISH);

  private final Configuration configuration;
  private final Scheduler scheduler;
  private final MessageIds ids;
  private final Outlet outlet;
  private final MessageBuilder builder = new MessageBuilder(new SecureRandom());

  @Activate
  public CoreMessageOperations(
      @Reference Configuration configuration,
      @Reference Scheduler scheduler,
      @Reference MessageIds ids,
      @Reference Submission submission) {
    this(submission::submit, configuration, scheduler, ids);
  }

  /** Where messages of policy's making go. */
  interface Outlet {
    /** See {@link Submission#submit}. */
    CompletableFuture<MessageId> submit(
        Address sender, Address recipient, Body body, Map<String, String> context);
  }

  CoreMessageOperations(
      Outlet outlet, Configuration configuration, Scheduler scheduler, MessageIds ids) {
    this.configuration = configuration;
    this.scheduler = scheduler;
    this.ids = ids;
    this.outlet = outlet;
  }

  /** The character set that a scope names for text that declares none; empty for US-ASCII. */
  public static Optional<String> defaultCharset(Generation generation, ScopePath scope) {
    Charset set = generation.options(CharsetOptions.class, scope).defaultCharset().charset();
    return set.equals(StandardCharsets.US_ASCII) ? Optional.empty() : Optional.of(set.name());
  }

  private MessageThresholds thresholds() {
    return configuration.current().options(MessageThresholds.class, ScopePath.GLOBAL);
  }

  private Charset charset(Message message) {
    Optional<String> known = message.connectionContext().get(DEFAULT_CHARSET);
    if (known.isPresent() && Charset.isSupported(known.get())) {
      return Charset.forName(known.get());
    }
    return configuration
        .current()
        .options(CharsetOptions.class, ScopePath.GLOBAL)
        .defaultCharset()
        .charset();
  }

  // ---- header fields

  @Override
  public List<String> header(Message message, String name) {
    return HeaderText.values(HeaderSection.of(message.body()), name, charset(message));
  }

  @Override
  public void setHeader(Message message, String name, Placement placement, List<String> values) {
    HeaderSection header = HeaderSection.of(message.body());
    HeaderText.set(header, name, placement, values);
    put(message, header.body());
  }

  @Override
  public int deleteHeader(Message message, String name) {
    HeaderSection header = HeaderSection.of(message.body());
    int count = header.remove(name);
    put(message, header.body());
    return count;
  }

  private static void put(Message message, Body body) {
    if (body != message.body()) {
      message.setBody(body);
    }
  }

  @Override
  public List<HeaderAddress> addressHeader(Message message, String name) {
    return HeaderText.addresses(HeaderSection.of(message.body()), name, charset(message));
  }

  @Override
  public List<HeaderAddress> parseAddresses(String text) {
    return HeaderText.addresses(text);
  }

  @Override
  public String encodeWords(String text) {
    return HeaderText.encoded(text);
  }

  @Override
  public String decodeWords(String value) {
    return HeaderText.decoded(value);
  }

  // ---- octets and text

  @Override
  public byte[] raw(Message message) {
    long most = thresholds().legacyMessageThreshold();
    if (message.body().length() > most) {
      throw new MessageTooLargeException(message.body().length(), most);
    }
    return Content.octets(message.body());
  }

  @Override
  public void setRaw(Message message, byte[] content) {
    message.setBody(Content.wire(content));
  }

  @Override
  public byte[] body(Message message) {
    byte[] content = raw(message);
    return Arrays.copyOfRange(content, MimeTree.bodyFrom(content), content.length);
  }

  @Override
  public void setBody(Message message, byte[] body) {
    byte[] header = HeaderSection.of(message.body()).octets();
    message.setBody(Body.of(header, CRLF, Content.wire(body).toByteArray()));
  }

  @Override
  public List<String> text(Message message) {
    List<String> texts = new ArrayList<>();
    for (MimePart part : mime(message).walk()) {
      part.text().ifPresent(texts::add);
    }
    return texts;
  }

  @Override
  public void setText(Message message, String text, String type, Optional<String> charset) {
    MimePart root = mime(message);
    root.setText(text, type, charset);
    setMime(message, root);
  }

  @Override
  public List<List<String>> match(Message message, Within within, Pattern pattern) {
    if (within == Within.TEXT) {
      return mime(message).match(within, pattern);
    }
    byte[] content = raw(message);
    int from = within == Within.RAW ? 0 : MimeTree.bodyFrom(content);
    return PatternText.match(new PatternText(content, from), pattern, PatternText.MOST_MATCHES);
  }

  @Override
  public int replace(Message message, Within within, Pattern pattern, String replacement) {
    if (within == Within.TEXT) {
      MimePart root = mime(message);
      int count = root.replace(within, pattern, replacement);
      setMime(message, root);
      return count;
    }
    byte[] content = raw(message);
    int from = within == Within.RAW ? 0 : MimeTree.bodyFrom(content);
    return PatternText.replace(
        new PatternText(content, from),
        pattern,
        PatternText.octets(replacement),
        changed -> {
          byte[] octets = changed.getBytes(StandardCharsets.ISO_8859_1);
          byte[] whole = Arrays.copyOf(content, from + octets.length);
          System.arraycopy(octets, 0, whole, from, octets.length);
          setRaw(message, whole);
        });
  }

  // ---- parts

  @Override
  public MimePart mime(Message message) {
    WireOctets wire = new WireOctets(message.body());
    MessageShape known = message instanceof MailMessage mail ? mail.shape() : null;
    return known == null
        ? MimeTree.read(wire, ContentType.PLAIN, charset(message))
        : MimeTree.of(wire, known, ContentType.PLAIN, charset(message));
  }

  /**
   * Where the parts of a message lie, for {@link MailMessage#shape(MessageShape)}; reads all of it.
   * Any thread.
   *
   * @throws org.impetusmta.api.message.MessageLimitException as {@link #mime}
   */
  public static MessageShape shape(Body body) {
    return MimeTree.read(new WireOctets(body), ContentType.PLAIN, StandardCharsets.US_ASCII)
        .shape();
  }

  @Override
  public void setMime(Message message, MimePart root) {
    MimeNode node = (MimeNode) root;
    if (node.parent().isPresent()) {
      throw new IllegalStateException("a part of a message is no message");
    }
    if (node.edited()) {
      message.setBody(node.message());
    }
  }

  @Override
  public MimePart newPart(String contentType, byte[] content, TransferEncoding encoding) {
    return builder.part(contentType, content, encoding);
  }

  @Override
  public MimePart newContainer(String contentType, Optional<String> boundary) {
    return builder.container(contentType, boundary);
  }

  // ---- messages

  @Override
  public Body build(NewMessage content) {
    String host = configuration.current().options(ServerName.class, ScopePath.GLOBAL).name();
    return builder.build(
        content,
        DATE.format(scheduler.clock().instant().atZone(ZoneId.systemDefault())),
        "<" + ids.next().toString().replace('/', '.') + "@" + host + ">");
  }

  @Override
  public CompletableFuture<List<MessageId>> inject(
      Body body, Address sender, List<Address> recipients) {
    List<CompletableFuture<MessageId>> all = new ArrayList<>(recipients.size());
    for (Address recipient : recipients) {
      all.add(outlet.submit(sender, recipient, body, Map.of()));
    }
    return CompletableFuture.allOf(all.toArray(new CompletableFuture<?>[0]))
        .thenApply(done -> all.stream().map(CompletableFuture::join).toList());
  }

  @Override
  public CompletableFuture<List<MessageId>> forward(
      Message message, Address sender, List<Address> recipients, String text, String subject) {
    String about =
        subject.isEmpty()
            ? "Fwd: " + header(message, "Subject").stream().findFirst().orElse("")
            : subject;
    String to =
        recipients.stream().map(address -> "<" + address + ">").collect(Collectors.joining(", "));
    Body body =
        build(
            new NewMessage(
                List.of(
                    Map.entry("From", "<" + sender + ">"),
                    Map.entry("To", to),
                    Map.entry("Subject", about.strip()),
                    Map.entry("Auto-Submitted", "auto-forwarded")),
                List.of(Map.entry("text/plain", text)),
                List.of(new NewMessage.Attached(message.body()))));
    return inject(body, sender, recipients);
  }
}
