package dev.fovea.app.command;

import dev.fovea.app.console.ErrorLine;
import dev.fovea.app.console.ExitCode;
import dev.fovea.app.console.Human;
import dev.fovea.app.console.Interrupts;
import dev.fovea.app.console.Json;
import dev.fovea.app.console.LogLines;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.console.UsageException;
import dev.fovea.app.option.ClassifierFlags;
import dev.fovea.app.option.GlobalOptions;
import dev.fovea.app.option.ImageLimit;
import dev.fovea.app.option.ModelPath;
import dev.fovea.app.option.Positive;
import dev.fovea.app.option.ServerFlags;
import dev.fovea.server.AnsweredRequest;
import dev.fovea.server.Server;
import dev.fovea.server.ServerOptions;
import dev.fovea.server.model.ModelSource;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fovea serve}: answers requests over HTTP. */
@Command(
    name = "serve",
    header = "Serves models over HTTP.",
    description = {
      "",
      "Answers the Open Inference Protocol v2 (as Triton, KServe and OpenVINO Model Server), POST"
          + " /v1/classify with an image, /metrics for Prometheus, a page to try the models at /,"
          + " and a description of all at /docs. Images that arrive while the network runs are"
          + " computed together. What is more than a model can answer gets status 503 at once."
          + " Ctrl-C or SIGTERM answers what has been accepted, then stops; a second one stops at"
          + " once. Only programs of this machine can connect unless --host says otherwise, and no"
          + " request can name a file or an address."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    sortOptions = false)
public final class ServeCommand implements Callable<Integer> {
  /** For the models to finish their batch after the drain. */
  private static final Duration CLOSING = Duration.ofSeconds(10);

  private final Terminal terminal;

  @Parameters(
      arity = "1..*",
      paramLabel = "[NAME=]MODEL",
      description =
          "Model files or run folders, each under a name of your choice or else that of the file or"
              + " folder.")
  private List<String> models = List.of();

  @Option(
      names = "--queue",
      paramLabel = "N",
      description =
          "Images of a model that may be under way (default: what it computes in a second, at"
              + " least 64, but only a few while more come than it answers, so that these are"
              + " answered soon).")
  private @Nullable Integer queue;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description =
          "How long a request may wait; then it is dropped, with status 504 (default:"
              + " ${DEFAULT-VALUE}). Requests may set a shorter time.")
  private double timeout = 30;

  @Option(
      names = "--drain",
      paramLabel = "SECONDS",
      description =
          "How long accepted requests have to be answered when the server stops (default:"
              + " ${DEFAULT-VALUE}).")
  private double drain = 20;

  @Option(
      names = "--cache",
      paramLabel = "N",
      description =
          "Answers that each model keeps for images that come again (default:"
              + " ${DEFAULT-VALUE}).")
  private int cache;

  @Option(
      names = "--watch",
      description =
          "Replaces a model when its file changes, after a test; a file that fails it changes"
              + " nothing.")
  private boolean watch;

  @Option(
      names = "--allow-reload",
      description =
          "Lets requests to /v2/repository/models/NAME/load have the file of a model read again.")
  private boolean reload;

  @Option(
      names = "--access-log",
      description =
          "Prints a line for each request: time, client, method, path, status, bytes, ms.")
  private boolean accessLog;

  @Mixin private ImageLimit limit = new ImageLimit();

  @Mixin private GlobalOptions common = new GlobalOptions();

  @Mixin(name = "Network")
  private ServerFlags network = new ServerFlags();

  @Mixin(name = "Engine")
  private ClassifierFlags engine = new ClassifierFlags();

  public ServeCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws InterruptedException {
    ServerOptions options = options();
    AtomicInteger dropped = new AtomicInteger();
    try (LogLines log = new LogLines(this::say);
        Server server = Server.start(options);
        Interrupts signals =
            new Interrupts(() -> stop(server, dropped), drainTime().plus(CLOSING))) {
      announce(server);
      await(server);
      say(
          "stopped; "
              + (dropped.get() == 0 ? "all" : "not all")
              + " accepted requests were answered");
      return signals.exitCode();
    }
  }

  private ServerOptions options() {
    Positive.check("--queue", queue);
    if (cache < 0) {
      throw new UsageException("--cache is " + cache + "; it must be 0 or more");
    }
    ServerOptions options =
        network
            .apply(ServerOptions.standard(), this::say)
            .classifier(engine.options())
            .timeout(seconds("--timeout", timeout, 0.001))
            .cache(cache);
    if (queue != null) {
      options = options.queue(queue);
    }
    Integer megapixels = limit.megapixels();
    if (megapixels != null) {
      options = options.megapixels(megapixels);
    }
    if (watch) {
      options = options.watch();
    }
    if (reload) {
      options = options.allowReload();
    }
    if (accessLog) {
      options = options.accessLog(this::log);
    }
    Duration unused = drainTime();
    return named(options.log(this::say));
  }

  private ServerOptions named(ServerOptions options) {
    ServerOptions all = options;
    List<Path> files = new ArrayList<>();
    for (String text : models) {
      ModelSource source;
      ServerOptions more;
      try {
        source = ModelSource.parse(text);
        more = all.model(source.name(), source.path());
      } catch (IllegalArgumentException e) {
        throw new UsageException(String.valueOf(e.getMessage()));
      }
      // For its messages; a folder stays one, since the model in it may be replaced.
      files.add(ModelPath.of(source.path().toString()));
      all = more;
    }
    engine.checkApplies(files).ifPresent(this::say);
    return all;
  }

  private Duration drainTime() {
    return seconds("--drain", drain, 0);
  }

  private static Duration seconds(String option, double value, double least) {
    if (!(value >= least && value <= 86_400)) {
      throw new UsageException(
          option + " is " + value + "; it must be " + least + " to 86400 seconds");
    }
    return Duration.ofNanos((long) (value * 1e9));
  }

  private void stop(Server server, AtomicInteger dropped) {
    say("stopping; accepted requests are answered first");
    dropped.set(server.drain(drainTime()));
    server.close();
  }

  // Half a server is worse than none: whoever supervises the process starts another.
  private void await(Server server) throws InterruptedException {
    try {
      server.await();
    } catch (VirtualMachineError e) {
      say("error: " + ErrorLine.of(e, common.flags()));
      Runtime.getRuntime().halt(ExitCode.FAILED);
    }
  }

  private void announce(Server server) {
    if (common.json) {
      terminal.result(
          new Json()
              .put("event", "start")
              .put("address", server.address().toString())
              .put("port", server.address().getPort())
              .put("models", server.models()));
    }
    say(
        "listening at "
            + server.address()
            + " with "
            + (server.models().size() == 1 ? "model " : "models ")
            + String.join(", ", server.models())
            + "; a page to try "
            + (server.models().size() == 1 ? "it" : "them")
            + " is at "
            + server.address()
            + "/");
  }

  private void log(AnsweredRequest request) {
    Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    if (common.json) {
      terminal.result(
          new Json()
              .put("event", "request")
              .put("time", now.toString())
              .put("client", request.client())
              .put("method", request.method())
              .put("path", request.path())
              .put("status", request.status())
              .put("bytes", request.bytes())
              .put("milliseconds", request.milliseconds()));
    } else {
      terminal.result(now + " " + request);
    }
  }

  private void say(String line) {
    terminal.note("fovea serve: " + Human.visible(line));
  }
}
