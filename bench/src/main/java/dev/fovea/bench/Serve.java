package dev.fovea.bench;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command {@code bench/serve}: load on {@code fovea serve} from another process. */
@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    subcommands = {
      ServeThroughput.class,
      ServeOverload.class,
      ServeMixed.class,
      ServeDrain.class
    },
    description =
        "Starts fovea serve and asks it over keep-alive connections on loopback. See"
            + " bench/README.md.")
public final class Serve {
  private Serve() {}

  /** Exit code: 0 if every answer was right, 1 for failure, 2 for wrong usage. */
  public static void main(String[] args) {
    CommandLine line = new CommandLine(new Serve());
    line.setExecutionExceptionHandler(
        (e, command, parsed) -> {
          if (e instanceof BenchException) {
            System.err.println("serve: " + e.getMessage());
            return 1;
          }
          throw e;
        });
    System.exit(line.execute(args));
  }
}
