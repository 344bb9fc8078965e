// The one formatter of the tree: google-java-format over every Java source.
// Run by the build: java -cp <google-java-format> Format.java apply|check ROOT

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;

/**
 * Formats the sources below a folder in place ({@code apply}: those that changed since it last did) or names those that differ ({@code check}: of
 * all).
 */
final class Format {
  public static void main(String[] args) throws IOException {
    boolean check = args[0].equals("check");
    Path root = Path.of(args[1]);
    List<Path> sources = sources(root);
    Path stamp = root.resolve("target/formatted");
    if (!check && Files.exists(stamp)) {
      FileTime last = Files.getLastModifiedTime(stamp);
      sources.removeIf(source -> source.toFile().lastModified() < last.toMillis());
    }
    FileTime begin = FileTime.fromMillis(System.currentTimeMillis());
    List<String> wrong = new ArrayList<>();
    Formatter formatter = new Formatter();
    for (Path source : sources) {
      String text = Files.readString(source);
      try {
        String formatted = formatter.formatSourceAndFixImports(RemoveUnusedImports.removeUnusedImports(text));
        if (formatted.equals(text)) {
          continue;
        }
        if (check) {
          wrong.add(source + ": not formatted; run mvn validate");
        } else {
          Files.writeString(source, formatted);
        }
      } catch (FormatterException e) {
        wrong.add(source + ": " + e.getMessage());
      }
    }
    if (!check && wrong.isEmpty()) {
      Files.createDirectories(stamp.getParent());
      Files.writeString(stamp, "");
      Files.setLastModifiedTime(stamp, begin);
    }
    wrong.forEach(System.err::println);
    System.exit(wrong.isEmpty() ? 0 : 1);
  }

  private static List<Path> sources(Path root) throws IOException {
    List<Path> found = new ArrayList<>();
    Files.walkFileTree(root, new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
        String name = dir.getFileName().toString();
        boolean skip = name.equals("target") || name.equals("format") || name.equals("archetype-resources") || (name.startsWith(".") && !dir.equals(root));
        return skip ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        if (file.toString().endsWith(".java")) {
          found.add(file);
        }
        return FileVisitResult.CONTINUE;
      }
    });
    return found;
  }
}
