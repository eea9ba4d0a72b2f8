package dev.fovea.app.guide;

import dev.fovea.app.FreePorts;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * The folder in which somebody follows a guide, with {@code ./fovea} in it. Closing it ends what
 * was left running.
 */
final class ReadersFolder implements AutoCloseable {
  private static final Pattern TYPE =
      Pattern.compile("(?m)^(?:public |final |abstract )*(?:class|record|interface) (\\w+)");
  private static final Pattern IMPORT = Pattern.compile("(?m)^import .*;\n");
  private static final long SECONDS = 120;
  private static final int TERMINATED = 143;

  /** What guides call ports, since readers have nothing else on them. */
  private static final List<String> PORTS_IN_GUIDES = List.of("8080", "7000", "7001");

  private final Path folder;
  private final Map<String, String> ports = new LinkedHashMap<>();
  private final List<Process> running = new ArrayList<>();

  /** What a command printed, results and messages as a terminal mixes them. */
  record Run(int code, List<String> lines) {}

  ReadersFolder(Path folder) throws IOException {
    this.folder = folder;
    for (String shown : PORTS_IN_GUIDES) {
      int port = FreePorts.take();
      ports.put(":" + shown, ":" + port);
      ports.put(" " + shown, " " + port);
    }
    // As the launcher starts Fovea, but from the classes under test.
    Path launcher =
        Files.writeString(
            folder.resolve("fovea"),
            """
            #!/bin/sh
            exec '%s' -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData \
              -Dorg.bytedeco.javacpp.maxBytes=0 -Dorg.bytedeco.javacpp.maxPhysicalBytes=0 \
              -cp '%s' dev.fovea.app.Main "$@"
            """
                .formatted(java(), classPath()));
    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  Path path() {
    return folder;
  }

  private String real(String command) {
    String real = command;
    for (Map.Entry<String, String> port : ports.entrySet()) {
      real = real.replace(port.getKey(), port.getValue());
    }
    return real;
  }

  private String shown(String line) {
    String shown = line;
    for (Map.Entry<String, String> port : ports.entrySet()) {
      shown = shown.replace(port.getValue(), port.getKey());
    }
    return shown;
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** What the program needs, without the tests. */
  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> !entry.endsWith("test-classes") && !entry.contains("junit"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** Starts a line of shell and leaves it running once it has printed this many lines. */
  Run leave(String command, int lines) throws IOException {
    Process p = start(List.of("sh", "-c", "exec " + real(command)));
    running.add(p);
    List<String> printed = new ArrayList<>();
    BufferedReader out =
        new BufferedReader(new InputStreamReader(p.getInputStream(), StandardCharsets.UTF_8));
    while (printed.size() < lines) {
      String line = out.readLine();
      if (line == null) {
        throw new AssertionError(command + " ended after " + printed);
      }
      printed.add(shown(line));
    }
    return new Run(0, printed);
  }

  @Override
  public void close() throws InterruptedException {
    for (Process process : running) {
      process.toHandle().destroy();
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("what was left running did not end by SIGTERM");
      }
      // A rank ends with the others, a server by the signal.
      if (process.exitValue() != 0 && process.exitValue() != TERMINATED) {
        throw new AssertionError(
            "what was left running ended with exit code " + process.exitValue());
      }
    }
  }

  private Process start(List<String> command) throws IOException {
    ProcessBuilder b = new ProcessBuilder(command);
    b.directory(folder.toFile()).redirectErrorStream(true);
    b.environment().put("LC_ALL", "C.UTF-8");
    b.environment().put("OMP_DYNAMIC", "false");
    Process p = b.start();
    p.getOutputStream().close();
    return p;
  }

  /** Runs a line of shell. */
  Run run(String command, Optional<Pattern> stopAfter) throws IOException, InterruptedException {
    String line = real(command);
    return run(List.of("sh", "-c", stopAfter.isPresent() ? "exec " + line : line), stopAfter);
  }

  private Run run(List<String> command, Optional<Pattern> stopAfter)
      throws IOException, InterruptedException {
    Process p = start(command);
    List<String> lines = new ArrayList<>();
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(p.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        lines.add(shown(line));
        if (stopAfter.isPresent() && stopAfter.get().matcher(line).matches()) {
          p.toHandle().destroy(); // Process.destroy would also close the streams.
        }
      }
    }
    if (!p.waitFor(SECONDS, TimeUnit.SECONDS)) {
      p.destroyForcibly();
      throw new AssertionError(command + " did not end");
    }
    return new Run(p.exitValue(), lines);
  }

  /**
   * Compiles a Java block and runs it; one without a type of its own is the body of a main method.
   */
  Run runJava(String code) throws IOException, InterruptedException {
    Matcher type = TYPE.matcher(code);
    String name = type.find() ? type.group(1) : "Snippet";
    String source = name.equals("Snippet") ? asProgram(code) : code;
    Path file = Files.writeString(folder.resolve(name + ".java"), source);
    Path classes = Files.createDirectories(folder.resolve("classes"));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    String needed = classPath() + File.pathSeparator + classes;
    ByteArrayOutputStream errors = new ByteArrayOutputStream();
    int result =
        compiler.run(
            null,
            errors,
            errors,
            "-cp",
            needed,
            "-d",
            classes.toString(),
            "-proc:none",
            "-Xlint:all,-path,-classfile",
            "-Werror",
            file.toString());
    if (result != 0) {
      throw new AssertionError(errors.toString(StandardCharsets.UTF_8) + "\n" + source);
    }
    if (!source.contains("void main(")) {
      return new Run(0, List.of());
    }
    return run(List.of(java(), "-XX:TieredStopAtLevel=1", "-cp", needed, name), Optional.empty());
  }

  private static String asProgram(String code) {
    Matcher imports = IMPORT.matcher(code);
    String head = imports.results().map(r -> r.group()).collect(Collectors.joining());
    return head
        + "class Snippet {\n  public static void main(String[] args) throws Exception {\n"
        + imports.reset().replaceAll("")
        + "  }\n}\n";
  }
}
