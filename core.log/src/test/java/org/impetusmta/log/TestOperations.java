package org.impetusmta.log;

import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.impetusmta.api.message.Message;
import org.impetusmta.api.message.MessageOperations;
import org.impetusmta.api.message.MimePart;

/**
 * The operations that formats use, for a message that is a flat multipart with boundary {@code b}.
 */
final class TestOperations {
  private static final String BOUNDARY = "--b";

  private TestOperations() {}

  private interface Method {
    Object call(Object[] arguments);
  }

  private static <T> T partly(Class<T> type, java.util.Map<String, Method> methods) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) ->
                switch (method.getName()) {
                  case "equals" -> self == arguments[0];
                  case "hashCode" -> System.identityHashCode(self);
                  default -> {
                    Method known = methods.get(method.getName());
                    if (known == null) {
                      throw new UnsupportedOperationException(method.getName());
                    }
                    yield known.call(arguments == null ? new Object[0] : arguments);
                  }
                }));
  }

  static MessageOperations operations() {
    return partly(
        MessageOperations.class,
        java.util.Map.of(
            "raw", arguments -> content((Message) arguments[0]).getBytes(StandardCharsets.UTF_8),
            "body",
                arguments ->
                    behindHeader(content((Message) arguments[0])).getBytes(StandardCharsets.UTF_8),
            "text", arguments -> texts(content((Message) arguments[0])),
            "mime", arguments -> mime(content((Message) arguments[0]))));
  }

  private static String content(Message message) {
    return new String(message.body().toByteArray(), StandardCharsets.UTF_8);
  }

  private static String behindHeader(String content) {
    return content.substring(content.indexOf("\r\n\r\n") + 4);
  }

  private static List<String> texts(String content) {
    List<String> texts = new ArrayList<>();
    for (MimePart part : mime(content).children()) {
      if (part.contentType().startsWith("text/")) {
        texts.add(part.text().orElseThrow());
      }
    }
    return texts;
  }

  private static MimePart mime(String content) {
    List<MimePart> children = new ArrayList<>();
    String body = behindHeader(content);
    MimePart[] root = new MimePart[1];
    String[] pieces = body.split("(^|\r\n)" + BOUNDARY + "(\r\n|--)");
    for (int i = 1; i < pieces.length - 1; i++) {
      String piece = pieces[i];
      String type = piece.substring(piece.indexOf(": ") + 2, piece.indexOf("\r\n"));
      children.add(
          partly(
              MimePart.class,
              java.util.Map.of(
                  "contentType", _ -> type,
                  "children", _ -> List.of(),
                  "text", _ -> Optional.of(behindHeader(piece)),
                  "parent", _ -> Optional.of(root[0]))));
    }
    root[0] =
        partly(
            MimePart.class,
            java.util.Map.of(
                "contentType", _ -> "multipart/mixed",
                "children", _ -> List.copyOf(children),
                "parent", _ -> Optional.empty(),
                "parameter", _ -> Optional.of("b"),
                "body", _ -> body.getBytes(StandardCharsets.UTF_8),
                "walk",
                    _ -> {
                      List<MimePart> all = new ArrayList<>();
                      all.add(root[0]);
                      all.addAll(children);
                      return all;
                    }));
    return root[0];
  }
}
