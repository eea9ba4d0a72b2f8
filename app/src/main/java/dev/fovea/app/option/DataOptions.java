package dev.fovea.app.option;

import dev.fovea.app.console.UsageException;
import dev.fovea.data.source.DatasetOptions;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The options of the data commands that say where the images are. */
public final class DataOptions {
  @Parameters(paramLabel = "PATH", description = DataName.DESCRIPTION)
  private String path = "";

  @Option(names = "--labels", paramLabel = "FILE", description = LabelsOption.DESCRIPTION)
  private @Nullable Path labels;

  @Option(names = "--label-column", paramLabel = "NAME", description = LabelsOption.COLUMN)
  private @Nullable String labelColumn;

  @Option(names = "--classes", paramLabel = "FILE", description = LabelsOption.CLASSES)
  private @Nullable Path classes;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads that decode images; 0 uses all cores (default: ${DEFAULT-VALUE}).")
  private int threads;

  @Mixin private ImageLimit limit = new ImageLimit();

  /** The path, checked for misspellings. */
  public String path() {
    return DataName.check(path);
  }

  /** The options to open it: unreadable images are tolerated, and none is cached in memory. */
  public DatasetOptions options() {
    return DatasetOptions.STANDARD
        .withThreads(threads())
        .withMemoryBytes(0)
        .withBadFraction(1)
        .withLimits(limit.limits())
        .withLabels(Optional.ofNullable(labels))
        .withLabelColumn(Optional.ofNullable(labelColumn))
        .withClasses(Optional.ofNullable(classes));
  }

  public int threads() {
    if (threads < 0) {
      throw new UsageException("--threads is " + threads + "; it must be 0 (all cores) or more");
    }
    return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
  }
}
