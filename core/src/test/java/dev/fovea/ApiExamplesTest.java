package dev.fovea;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The examples in the Javadoc of marked types, and in README's part for programs, are compiled as
 * they stand; those that need no files are run.
 */
class ApiExamplesTest {
  private static final Path SOURCES = Path.of("src/main/java");
  private static final Path README = Path.of("../README.md");
  private static final Pattern EXAMPLE =
      Pattern.compile("<pre>\\{@code\\n(.*?)\\n *\\* }</pre>", Pattern.DOTALL);
  private static final Pattern FENCED = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);
  private static final Pattern MARK = Pattern.compile("^ *@Api\\(", Pattern.MULTILINE);

  /** Packages whose examples use no files. */
  private static final Set<String> RUN =
      Set.of("dev.fovea.tensor", "dev.fovea.graph", "dev.fovea.data.image");

  /** What examples take as given. */
  private static final String GIVEN =
      """
      static LabeledImages images;
      static List<Sample> samples = List.of();
      static Classifier classifier;
      static Map<Path, Embedding> shelf = new HashMap<>();
      static Shop shop;
      static BufferedImage image;
      record Product(String kind) {}
      interface Shop {
        List<Product> products();
        byte[] photo(Product product);
      }
      """;

  private static final List<String> JDK =
      List.of(
          "java.awt.image.BufferedImage",
          "java.nio.file.*",
          "java.time.*",
          "java.util.*",
          "java.util.concurrent.*");

  @TempDir private Path folder;

  /** A source text with the example of a type. */
  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String name, String text) {
      super(URI.create("string:///" + name + ".java"), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  /** The examples by the class that holds them when they are compiled. */
  private static final class Examples {
    final TreeMap<String, String> texts = new TreeMap<>();
    final Set<String> packages = new TreeSet<>();
    final List<String> without = new ArrayList<>();
    final List<String> cheap = new ArrayList<>();
  }

  private static Examples javadoc() throws IOException {
    Examples found = new Examples();
    try (Stream<Path> files = Files.walk(SOURCES)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).sorted().toList()) {
        String text = Files.readString(file);
        Matcher marks = MARK.matcher(text);
        String name = file.getFileName().toString().replace(".java", "");
        String where = SOURCES.relativize(file.getParent()).toString().replace('/', '.');
        int number = 0;
        while (marks.find()) {
          found.packages.add(where);
          String before = text.substring(0, marks.start());
          Matcher example = EXAMPLE.matcher(before.substring(before.lastIndexOf("/**")));
          if (!example.find()) {
            found.without.add(where + "." + name);
            continue;
          }
          String as = "Example" + name + (number++ == 0 ? "" : number);
          found.texts.put(as, example.group(1).replaceAll("(?m)^ *\\* ?", ""));
          if (RUN.contains(where)) {
            found.cheap.add(as);
          }
        }
      }
    }
    return found;
  }

  private static String unit(String name, String example, Set<String> packages) {
    StringBuilder text = new StringBuilder();
    packages.forEach(p -> text.append("import ").append(p).append(".*;\n"));
    JDK.forEach(p -> text.append("import ").append(p).append(";\n"));
    boolean declares = example.matches("(?s)(record|class|interface) .*");
    return text.append("@SuppressWarnings({\"unused\", \"resource\"})\npublic class ")
        .append(name)
        .append(" {\n")
        .append(GIVEN)
        .append(
            declares ? example : "public static void run() throws Exception {\n" + example + "\n}")
        .append("\n}\n")
        .toString();
  }

  private String compiled(TreeMap<String, String> texts, Set<String> packages) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    List<JavaFileObject> units = new ArrayList<>();
    texts.forEach((name, text) -> units.add(new Source(name, unit(name, text, packages))));
    StringWriter complaints = new StringWriter();
    List<String> options =
        List.of("-d", folder.toString(), "-proc:none", "--release", "17", "-Xmaxerrs", "1000");
    List<String> withPath = new ArrayList<>(options);
    withPath.addAll(List.of("-classpath", System.getProperty("java.class.path")));
    compiler.getTask(complaints, null, null, withPath, null, units).call();
    return complaints.toString();
  }

  @Test
  void everyMarkedTypeHasAnExampleThatCompilesAndRunsWhereThatIsCheap()
      throws IOException, ReflectiveOperationException {
    Examples examples = javadoc();
    assertThat(examples.without).isEmpty();
    assertThat(examples.texts).hasSizeGreaterThan(30);
    assertThat(compiled(examples.texts, examples.packages)).isEmpty();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      for (String name : examples.cheap) {
        loader.loadClass(name).getMethod("run").invoke(null);
      }
    }
    assertThat(examples.cheap).hasSizeGreaterThan(10);
  }

  @Test
  void theExamplesOfReadmeCompile() throws IOException {
    TreeMap<String, String> texts = new TreeMap<>();
    Matcher fenced = FENCED.matcher(Files.readString(README));
    while (fenced.find()) {
      texts.put(
          "Readme" + texts.size(), fenced.group(1).replaceAll("(?m)^import .*\\n", "").strip());
    }
    assertThat(texts).hasSizeGreaterThan(1);
    assertThat(compiled(texts, javadoc().packages)).isEmpty();
  }
}
