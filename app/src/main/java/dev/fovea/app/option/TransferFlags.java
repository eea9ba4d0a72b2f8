package dev.fovea.app.option;

import static dev.fovea.app.option.RunFlags.add;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a network that was trained before goes on with other images. */
public final class TransferFlags {
  @Option(
      names = "--init",
      paramLabel = "FILE",
      description =
          "Starts from the weights of a model file, with its network, image size and preprocessing"
              + " where they are not given; for other classes the last layer starts anew.")
  private @Nullable String init;

  @Option(
      names = "--freeze",
      paramLabel = "PARTS",
      description =
          "What stays as it is: modules, wildcards, 'trunk' for all but the last layer:"
              + " conv1,layer1. Their batch norms use the statistics they have.")
  private @Nullable String freeze;

  @Option(
      names = "--lr-scale",
      paramLabel = "PARTS",
      description = "Learning rates of parts, times the rate: conv1=0.1,layer1=0.1,head=1.")
  private @Nullable String rates;

  @Option(
      names = "--layer-decay",
      paramLabel = "X",
      description = "Times the rate once more for every stage below the last: 0.75.")
  private @Nullable Double layerDecay;

  @Option(
      names = "--part-decay",
      paramLabel = "PARTS",
      description = "Weight decays of parts, in place of --weight-decay: head=0.001.")
  private @Nullable String decays;

  public List<RunFlags.Change> changes() {
    List<RunFlags.Change> c = new ArrayList<>();
    add(c, "--init", "network.init", init);
    add(c, "--freeze", "learning.update.groups.freeze", words(freeze));
    add(c, "--lr-scale", "learning.update.groups.lr_scale", words(rates));
    add(c, "--layer-decay", "learning.update.groups.layer_decay", layerDecay);
    add(c, "--part-decay", "learning.update.groups.part_decay", words(decays));
    return c;
  }

  private static @Nullable String words(@Nullable String list) {
    return list == null ? null : list.replace(',', ' ').strip();
  }
}
