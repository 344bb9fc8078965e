package org.impetusmta.client.kit;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.lang.model.SourceVersion;

/**
 * The program {@code new-module}: makes the project of a module from the archetype in {@code
 * kit/archetype.module.jar}. Of the language of archetypes it knows what ours uses: {@code
 * ${property}}, {@code __property__} in names of files, folders of packaged sources. Exit codes: 0
 * made, 1 it could not be made, 2 wrong usage. Single.
 */
public final class NewModule {
  private static final String USAGE =
      """
      usage: new-module [-h] [-g GROUP] [-d FOLDER] NAME
        NAME       the module's name, and its stanza's: lower case, digits, underscores
        -g GROUP   the Maven group, and the package before the name (com.example)
        -d FOLDER  where the project is made (a folder NAME in the current one); must be new
      """;

  private static final String RESOURCES = "archetype-resources/";
  private static final String METADATA = "META-INF/maven/archetype-metadata.xml";
  private static final Pattern DEFAULT =
      Pattern.compile("<requiredProperty key=\"(\\w+)\">\\s*<defaultValue>([^<]*)</defaultValue>");

  private final Path home;
  private final PrintStream out;
  private final PrintStream err;

  NewModule(Path home, PrintStream out, PrintStream err) {
    this.home = home;
    this.out = out;
    this.err = err;
  }

  /** Runs the program and ends the process. */
  public static void main(String[] arguments) {
    Path home = Path.of(System.getProperty("impetus.home", "."));
    System.exit(new NewModule(home, System.out, System.err).run(List.of(arguments)));
  }

  int run(List<String> arguments) {
    String group = "com.example";
    String folder = "";
    List<String> names = new ArrayList<>();
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      boolean last = i + 1 == arguments.size();
      switch (argument) {
        case "-h", "--help" -> {
          out.print(USAGE);
          return 0;
        }
        case "-g", "-d" -> {
          if (last) {
            return wrong(argument + " needs a value");
          }
          String value = arguments.get(++i);
          group = argument.equals("-g") ? value : group;
          folder = argument.equals("-d") ? value : folder;
        }
        default -> {
          if (argument.startsWith("-")) {
            return wrong("unknown argument " + argument);
          }
          names.add(argument);
        }
      }
    }
    if (names.size() != 1) {
      return wrong("expected one NAME");
    }
    String name = names.getFirst();
    if (!name.matches("[a-z][a-z0-9_]*") || SourceVersion.isKeyword(name)) {
      return wrong(
          "found the name \"%s\", expected lower case, digits and underscores, no word of Java"
              .formatted(name));
    }
    if (!SourceVersion.isName(group) || !group.matches("[A-Za-z0-9_.]+")) {
      return wrong("found the group \"" + group + "\", expected the name of a package");
    }
    try {
      Path made = make(name, group, Path.of(folder.isEmpty() ? name : folder));
      out.printf("%s is made; next: (cd %s && mvn package)%n", name, made);
      return 0;
    } catch (FileAlreadyExistsException e) {
      err.println("new-module: " + e.getFile() + " is there already");
    } catch (IOException e) {
      err.println("new-module: " + e.getMessage());
    }
    return 1;
  }

  private int wrong(String what) {
    err.println("new-module: " + what);
    err.print(USAGE);
    return 2;
  }

  private Path make(String name, String group, Path folder) throws IOException {
    try (JarFile archetype = new JarFile(home.resolve("kit/archetype.module.jar").toFile())) {
      String metadata = text(archetype, archetype.getJarEntry(METADATA));
      Map<String, String> properties = new LinkedHashMap<>();
      Matcher matcher = DEFAULT.matcher(metadata);
      while (matcher.find()) {
        properties.put(matcher.group(1), matcher.group(2));
      }
      properties.put("groupId", group);
      properties.put("artifactId", name);
      properties.put("package", group + "." + name);
      properties.put("className", className(name));
      properties.put("impetusHome", home.toRealPath().toString());
      if (Files.exists(folder)) {
        throw new FileAlreadyExistsException(folder.toString());
      }
      for (JarEntry entry : archetype.stream().toList()) {
        if (entry.getName().startsWith(RESOURCES) && !entry.isDirectory()) {
          Path file = folder.resolve(place(entry.getName(), properties));
          Files.createDirectories(file.getParent());
          Files.writeString(file, filled(text(archetype, entry), properties));
        }
      }
    }
    return folder;
  }

  private static String text(JarFile jar, JarEntry entry) throws IOException {
    try (InputStream in = jar.getInputStream(entry)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Where a resource goes: sources into the folder of their package. */
  private static String place(String resource, Map<String, String> properties) {
    String path = resource.substring(RESOURCES.length());
    String folder = properties.getOrDefault("package", "").replace('.', '/') + "/";
    Matcher source = Pattern.compile("(src/\\w+/java/)(.*)").matcher(path);
    String placed = source.matches() ? source.group(1) + folder + source.group(2) : path;
    for (Map.Entry<String, String> property : properties.entrySet()) {
      placed = placed.replace("__" + property.getKey() + "__", property.getValue());
    }
    return placed;
  }

  private static String filled(String text, Map<String, String> properties) {
    String filled = text;
    for (Map.Entry<String, String> property : properties.entrySet()) {
      filled = filled.replace("${" + property.getKey() + "}", property.getValue());
    }
    return filled;
  }

  /** {@code greet_me} is made by the class {@code GreetMeModule}. */
  private static String className(String name) {
    StringBuilder built = new StringBuilder();
    for (String word : List.of(name.split("_"))) {
      if (!word.isEmpty()) {
        built.append(word.substring(0, 1).toUpperCase(Locale.ROOT)).append(word.substring(1));
      }
    }
    return built.append("Module").toString();
  }
}
