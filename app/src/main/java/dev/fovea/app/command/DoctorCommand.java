package dev.fovea.app.command;

import dev.fovea.app.console.ExitCode;
import dev.fovea.app.console.Human;
import dev.fovea.app.console.Json;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.console.Version;
import dev.fovea.app.machine.Diagnosis;
import dev.fovea.app.machine.Machine;
import dev.fovea.app.option.GlobalOptions;
import dev.fovea.app.option.InferenceOptions;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.onednn.binding.NativeLibrary;
import dev.fovea.program.Backend;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.ConvolutionSupport;
import dev.fovea.program.Precision;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code fovea doctor}: reports what fovea found on this machine and whether it can run. */
@Command(
    name = "doctor",
    header = "Reports the engine, instruction set, threads, memory and versions.",
    description = {"", "Exits with code 1 if the engine cannot be loaded, and says how to fix it."},
    optionListHeading = "%nOptions:%n",
    sortOptions = false)
public final class DoctorCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private GlobalOptions common = new GlobalOptions();

  public DoctorCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** Facts about the engine, or the reason why it cannot be loaded. */
  private record EngineFacts(
      @Nullable String version,
      @Nullable String path,
      @Nullable String isa,
      boolean bf16,
      @Nullable String precision,
      @Nullable ConvolutionSupport convolutions,
      int threads,
      @Nullable String problem) {

    /** Which algorithms of convolution run here; null without an engine. */
    @Nullable String algorithms() {
      if (convolutions == null) {
        return null;
      }
      return convolutions.available()
          ? "direct and Winograd (" + convolutions.reason() + ")"
          : "direct only: " + convolutions.reason();
    }

    static EngineFacts probe() {
      try {
        NativeLibrary library = NativeLibrary.get();
        Backend backend = new OneDnnBackend();
        return new EngineFacts(
            library.version(),
            library.path(),
            library.isa().toString(),
            backend.supports(Precision.BF16),
            InferenceOptions.explanation(backend.fastestPrecision(ConvolutionAlgorithm.AUTO))
                .replaceFirst("^precision ", ""),
            backend.fastConvolutions(),
            library.defaultThreads(),
            null);
      } catch (LinkageError | RuntimeException e) {
        Throwable root = e;
        while (root.getCause() != null) {
          root = root.getCause();
        }
        String said = e.getMessage() + (root == e ? "" : " (" + root + ")");
        return new EngineFacts(
            null, null, null, false, null, null, 0, said.replaceAll("\\s*\\R\\s*", " "));
      }
    }
  }

  @Override
  public Integer call() {
    Machine machine = new Machine(Path.of("/"));
    EngineFacts engine = EngineFacts.probe();
    List<String> problems =
        new Diagnosis(machine, System.getProperty("os.name"), Machine.architecture())
            .of(cache(), engine.problem());
    if (common.json) {
      terminal.result(json(machine, engine, problems));
    } else {
      print(machine, engine, problems);
    }
    return problems.isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
  }

  private static Path cache() {
    String named = System.getProperty("org.bytedeco.javacpp.cachedir");
    return named == null
        ? Path.of(System.getProperty("user.home"), ".javacpp", "cache")
        : Path.of(named);
  }

  private void print(Machine machine, EngineFacts engine, List<String> problems) {
    line("fovea", Version.number());
    line(
        "java",
        Runtime.version()
            + ", "
            + System.getProperty("java.vendor")
            + ", "
            + System.getProperty("java.home"));
    line("system", Machine.system() + ", " + machine.cLibrary());
    line(
        "processor",
        machine.processor() + " (" + String.join(" ", machine.instructionSets()) + ")");
    if (engine.problem() == null) {
      line("engine", "oneDNN " + engine.version() + ", generating code for " + engine.isa());
      line("loaded from", String.valueOf(engine.path()));
      line("precision", String.valueOf(engine.precision()));
      line("convolution", String.valueOf(engine.algorithms()));
      line(
          "threads",
          engine.threads() + " of " + machine.processors() + " hardware threads" + openMp());
    } else {
      line("engine", terminal.red("cannot be loaded"));
      line(
          "threads",
          Runtime.getRuntime().availableProcessors()
              + " of "
              + machine.processors()
              + " hardware threads");
    }
    line("memory", memory(machine));
    line(
        "java heap",
        "at most "
            + Human.bytes(Runtime.getRuntime().maxMemory())
            + " (FOVEA_JAVA_OPTS=-Xmx8g sets it)");
    for (String p : problems) {
      line("problem", p);
    }
  }

  private void line(String name, String value) {
    terminal.resultText(String.format("%-12s %s%n", name, value));
  }

  private String openMp() {
    String set = terminal.variable("OMP_NUM_THREADS");
    return set == null ? "" : " (OMP_NUM_THREADS=" + set + ")";
  }

  private static String memory(Machine machine) {
    OptionalLong limit = machine.memory().limit();
    return bytes(machine.memory().total())
        + " in total, "
        + bytes(machine.memory().available())
        + " available"
        + (limit.isPresent()
            ? ", limited to " + Human.bytes(limit.getAsLong()) + " by the control group"
            : "");
  }

  private static String bytes(OptionalLong n) {
    return n.isPresent() ? Human.bytes(n.getAsLong()) : "unknown";
  }

  private static @Nullable Long value(OptionalLong n) {
    return n.isPresent() ? (Long) n.getAsLong() : null;
  }

  private static Json json(Machine machine, EngineFacts engine, List<String> problems) {
    return new Json()
        .put("fovea", Version.number())
        .put("java", Runtime.version().toString())
        .put("system", Machine.system())
        .put("c_library", machine.cLibrary())
        .put("processor", machine.processor())
        .put("instruction_sets", machine.instructionSets())
        .put("engine", engine.problem() == null ? "oneDNN" : null)
        .put("engine_version", engine.version())
        .put("engine_file", engine.path())
        .put("engine_isa", engine.isa())
        .put("bf16", engine.bf16())
        .put("precision", engine.precision())
        .put("convolution", engine.algorithms())
        .put("threads", engine.threads())
        .put("memory_total", value(machine.memory().total()))
        .put("memory_available", value(machine.memory().available()))
        .put("memory_limit", value(machine.memory().limit()))
        .put("heap_max", Runtime.getRuntime().maxMemory())
        .put("problems", problems);
  }
}
