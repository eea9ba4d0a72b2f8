package dev.fovea.app.machine;

import dev.fovea.program.SystemMemory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * Facts about the machine, read from {@code /proc} and {@code /sys} below a root folder.
 *
 * <p>Facts that a system does not provide are empty, never an error.
 */
public final class Machine {
  private final Path root;

  public Machine(Path root) {
    this.root = root;
  }

  /** The processor's name, or "unknown". */
  public String processor() {
    return lines("proc/cpuinfo")
        .filter(l -> l.startsWith("model name"))
        .map(l -> l.substring(l.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("unknown");
  }

  /** The processor's instruction sets that matter to the engine, in ascending order. */
  public List<String> instructionSets() {
    List<String> flags =
        lines("proc/cpuinfo")
            .filter(l -> l.startsWith("flags"))
            .findFirst()
            .map(l -> List.of(l.substring(l.indexOf(':') + 1).strip().split("\\s+")))
            .orElse(List.of());
    return Stream.of("sse4_1", "avx2", "avx_vnni", "avx512f", "avx512_bf16", "amx_bf16")
        .filter(flags::contains)
        .toList();
  }

  /** Hardware threads of the whole machine; 0 if unknown. */
  public int processors() {
    return (int) lines("proc/cpuinfo").filter(l -> l.startsWith("processor")).count();
  }

  /** The memory of the machine and its control group limits. */
  public SystemMemory memory() {
    return new SystemMemory(root);
  }

  /** The peak resident memory of this process in bytes. */
  public OptionalLong peakMemory() {
    return number("proc/self/status", "VmHWM");
  }

  /** {@code glibc} or {@code musl}, according to the libraries loaded by this process. */
  public String cLibrary() {
    List<String> maps = lines("proc/self/maps").toList();
    if (maps.stream().anyMatch(l -> l.contains("/ld-musl-"))) {
      return "musl";
    }
    return maps.stream().anyMatch(l -> l.contains("/libc.so.6") || l.contains("/libc-2."))
        ? "glibc"
        : "unknown";
  }

  /** Whether files in a folder can be executed; a missing folder counts as its parent. */
  boolean allowsExecution(Path folder) {
    Path absolute = folder.toAbsolutePath().normalize();
    String options = "";
    int longest = -1;
    for (String line : lines("proc/mounts").toList()) {
      String[] parts = line.split(" ");
      if (parts.length > 3) {
        Path mount = Path.of(parts[1].replace("\\040", " "));
        if (absolute.startsWith(mount) && mount.getNameCount() >= longest) {
          longest = mount.getNameCount();
          options = parts[3];
        }
      }
    }
    return !List.of(options.split(",")).contains("noexec");
  }

  private OptionalLong number(String file, String key) {
    return lines(file)
        .filter(l -> l.startsWith(key + ":"))
        .mapToLong(l -> 1024 * Long.parseLong(l.replaceAll("[^0-9]", "")))
        .findFirst();
  }

  private Stream<String> lines(String file) {
    try {
      return new String(Files.readAllBytes(root.resolve(file)), StandardCharsets.UTF_8).lines();
    } catch (IOException e) {
      return Stream.empty();
    }
  }

  /** The operating system, its version and architecture. */
  public static String system() {
    return System.getProperty("os.name")
        + " "
        + System.getProperty("os.version")
        + ", "
        + architecture();
  }

  /** x86_64, aarch64, ... */
  public static String architecture() {
    String arch = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    return arch.equals("amd64") ? "x86_64" : arch;
  }
}
