package dev.fovea.train;

import dev.fovea.data.augment.OwnAugment;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.DatasetOptions;
import dev.fovea.data.source.Split;
import dev.fovea.eval.Metric;
import java.util.List;
import java.util.Optional;

/**
 * What a program adds to a run that its configuration can only name: images, augmentations and
 * metrics of its own.
 *
 * @param images opens the images in place of {@code data.source}
 * @param augments what the words {@code own(NAME)} in {@code data.augment} mean
 * @param metrics figures to compute in each evaluation
 */
public record Additions(Optional<Images> images, List<OwnAugment> augments, List<Metric> metrics) {
  /** Nothing: the configuration says everything. */
  public static final Additions NONE = new Additions(Optional.empty(), List.of(), List.of());

  /** How {@code data.source} begins if a program gives the images. */
  private static final String PROGRAM = "program(";

  /** Opens a split of a program's images. */
  @FunctionalInterface
  public interface Images {
    /** Opens it; the caller closes it. */
    Dataset open(Split split, DatasetOptions options);
  }

  /** Copies the lists. */
  public Additions {
    augments = List.copyOf(augments);
    metrics = List.copyOf(metrics);
  }

  /** Returns the {@code data.source} of a program's images. */
  public static String source(String description) {
    return PROGRAM + description + ")";
  }

  /**
   * Checks that this holds all that the configuration names.
   *
   * @throws ConfigException if not: the run was started by a program with classes of its own
   */
  void require(RunConfig config) {
    if (config.data().source().startsWith(PROGRAM) && images.isEmpty()) {
      throw new ConfigException(
          "data.source is '"
              + config.data().source()
              + "': the images come from the program that started the run; continue it from that"
              + " program");
    }
    List<String> names = metrics.stream().map(Metric::name).toList();
    for (String wanted : config.output().metrics()) {
      if (!names.contains(wanted)) {
        throw new ConfigException(
            "output.metrics names '"
                + wanted
                + "', a metric of the program that started the run; continue it from that program,"
                + " which passes it again");
      }
    }
  }
}
