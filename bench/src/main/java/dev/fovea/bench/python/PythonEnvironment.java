package dev.fovea.bench.python;

import dev.fovea.bench.BenchException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A virtual environment with the packages of {@code bench/python/requirements.txt}, and the script
 * that it runs.
 */
public record PythonEnvironment(Path python, Path script) {
  /** The environment variable that names the virtual environment. */
  public static final String VARIABLE = "FOVEA_BENCH_PYTHON";

  /**
   * Takes the environment in a folder.
   *
   * @param folder a virtual environment, null or empty for none
   * @param scripts the folder of {@code peers.py} and {@code requirements.txt}
   * @throws BenchException if there is no environment or no script; the message says how to make it
   */
  public static PythonEnvironment in(@Nullable String folder, Path scripts) {
    Path script = scripts.resolve("peers.py");
    if (!Files.isRegularFile(script)) {
      throw new BenchException(
          "there is no "
              + script
              + ", expected the script of the peers in Python; run bench/compare");
    }
    Path requirements = scripts.resolve("requirements.txt");
    if (folder == null || folder.isEmpty()) {
      throw new BenchException(
          "no Python environment is given, expected one with the packages of "
              + requirements
              + making("DIR", requirements)
              + ", and give it as --python DIR or as "
              + VARIABLE
              + "=DIR");
    }
    Path python = Path.of(folder, "bin", "python");
    if (!Files.isExecutable(python)) {
      throw new BenchException(
          "there is no program "
              + python
              + ", expected "
              + folder
              + " to be a Python environment with the packages of "
              + requirements
              + making(folder, requirements));
    }
    return new PythonEnvironment(python, script);
  }

  /** The script of bench/data, which lies beside that of the peers. */
  public Path pictures() {
    return script.resolveSibling("pictures.py");
  }

  private static String making(String folder, Path requirements) {
    return ". Make it with: python3 -m venv "
        + folder
        + " && "
        + folder
        + "/bin/pip install -r "
        + requirements;
  }
}
