package org.impetusmta.module.pipe_io;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.impetusmta.api.io.IoUri;

/**
 * What a URI says of a program: {@code pipe:///PATH?arg1=…&env1=NAME=VALUE&clear_env=1}. Octets may
 * be written {@code %HH}; a percent sign that no two hexadecimal digits follow is itself. There is
 * no shell: an argument is one, whatever is in it. Immutable.
 *
 * @param command the program and its arguments
 * @param reinvoke whether a program that ended is started again, once
 * @param shutdownOnFailure whether the server ends where that does not help
 */
record PipeUri(
    List<String> command,
    Map<String, String> environment,
    boolean clearEnvironment,
    boolean reinvoke,
    boolean shutdownOnFailure) {
  private static final Pattern NUMBERED = Pattern.compile("(arg|env)([1-9]\\d{0,4})");
  private static final Pattern STRAY_PERCENT = Pattern.compile("%(?![0-9A-Fa-f]{2})");

  static PipeUri of(IoUri uri) throws IOException {
    int question = uri.rest().indexOf('?');
    String path = decoded(question < 0 ? uri.rest() : uri.rest().substring(0, question));
    if (!path.startsWith("/") || path.endsWith("/")) {
      throw new IOException("found \"" + path + "\", expected the absolute path of a program");
    }
    TreeMap<Integer, String> arguments = new TreeMap<>();
    Map<String, String> environment = new LinkedHashMap<>();
    boolean clear = false;
    boolean reinvoke = true;
    boolean shutdown = true;
    if (question >= 0 && question + 1 < uri.rest().length()) {
      for (String parameter : uri.rest().substring(question + 1).split("&", -1)) {
        int equals = parameter.indexOf('=');
        if (equals < 0) {
          throw new IOException("found the parameter \"" + parameter + "\", expected NAME=VALUE");
        }
        String name = parameter.substring(0, equals);
        String value = decoded(parameter.substring(equals + 1));
        Matcher numbered = NUMBERED.matcher(name);
        if (numbered.matches()) {
          if (numbered.group(1).equals("arg")) {
            arguments.put(Integer.valueOf(numbered.group(2)), value);
          } else {
            variable(environment, name, value);
          }
          continue;
        }
        switch (name) {
          case "clear_env" -> clear = flag(name, value);
          case "reinvoke" -> reinvoke = flag(name, value);
          case "shutdown_on_failure" -> shutdown = flag(name, value);
          default ->
              throw new IOException(
                  "found the parameter \""
                      + name
                      + "\", expected argN, envN, clear_env, reinvoke or shutdown_on_failure");
        }
      }
    }
    if (!arguments.isEmpty() && arguments.lastKey() != arguments.size()) {
      throw new IOException(
          "found arg%d, expected arg1 to arg%d without a gap"
              .formatted(arguments.lastKey(), arguments.lastKey()));
    }
    List<String> command = new ArrayList<>(List.of(path));
    command.addAll(arguments.values());
    return new PipeUri(List.copyOf(command), Map.copyOf(environment), clear, reinvoke, shutdown);
  }

  private static void variable(Map<String, String> environment, String parameter, String value)
      throws IOException {
    int equals = value.indexOf('=');
    if (equals <= 0) {
      throw new IOException("found " + parameter + " = \"" + value + "\", expected name=value");
    }
    environment.put(value.substring(0, equals), value.substring(equals + 1));
  }

  private static boolean flag(String name, String value) throws IOException {
    return switch (value) {
      case "1" -> true;
      case "0" -> false;
      default -> throw new IOException("found " + name + " = \"" + value + "\", expected 0 or 1");
    };
  }

  private static String decoded(String text) throws IOException {
    String plain =
        URLDecoder.decode(
            STRAY_PERCENT.matcher(text).replaceAll("%25").replace("+", "%2B"),
            StandardCharsets.UTF_8);
    if (plain.indexOf('\0') >= 0) {
      throw new IOException("found %00, which no program can be told");
    }
    return plain;
  }

  /** The program alone; arguments and environment may be secrets. */
  @Override
  public String toString() {
    return command.getFirst();
  }
}
