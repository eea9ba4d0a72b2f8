package dev.fovea.app.option;

import static dev.fovea.app.option.RunFlags.add;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The flags for fine-tuning a trained network on other images. */
public final class TransferFlags {
  @Option(
      names = "--init",
      paramLabel = "FILE",
      description =
          "Starts from the weights of a model file, and takes its network, input size and"
              + " preprocessing unless they are given; for other classes the last layer is"
              + " reinitialized.")
  private @Nullable String init;

  @Option(
      names = "--freeze",
      paramLabel = "PARTS",
      description =
          "Parts that are not trained: modules, wildcards, 'trunk' for all but the last layer, or"
              + " kinds of parameters as for --lr-scale, for example conv1,layer1. Their batch"
              + " norms keep their statistics.")
  private @Nullable String freeze;

  @Option(
      names = "--freeze-at",
      paramLabel = "PARTS",
      description =
          "Parts that are trained for a share of the epochs and then frozen, which makes the rest"
              + " faster: conv1:30%%,layer1:60%%.")
  private @Nullable String freezeAt;

  @Option(
      names = "--lr-scale",
      paramLabel = "PARTS",
      description =
          "Learning rate multipliers of parts, conv1=0.1,layer1=0.1,head=1, or of kinds of"
              + " parameters: weights, filters, biases, norm_scales, norm_shifts (biases=2).")
  private @Nullable String rates;

  @Option(
      names = "--layer-decay",
      paramLabel = "X",
      description =
          "Learning rate multiplier applied once for every stage below the last, for example 0.75.")
  private @Nullable Double layerDecay;

  @Option(
      names = "--part-decay",
      paramLabel = "PARTS",
      description = "Weight decay of parts, overriding --weight-decay: head=0.001.")
  private @Nullable String decays;

  public List<RunFlags.Change> changes() {
    List<RunFlags.Change> c = new ArrayList<>();
    add(c, "--init", "network.init", init == null ? null : file(init));
    add(c, "--freeze", "learning.update.groups.freeze", words(freeze));
    add(c, "--freeze-at", "learning.update.groups.freeze_at", words(freezeAt));
    add(c, "--lr-scale", "learning.update.groups.lr_scale", words(rates));
    add(c, "--layer-decay", "learning.update.groups.layer_decay", layerDecay);
    add(c, "--part-decay", "learning.update.groups.part_decay", words(decays));
    return c;
  }

  /** The model file of a run folder; any other name as it is. */
  private static String file(String init) {
    return Files.isDirectory(Path.of(init)) ? ModelPath.of(init).toString() : init;
  }

  private static @Nullable String words(@Nullable String list) {
    return list == null ? null : list.replace(',', ' ').strip();
  }
}
