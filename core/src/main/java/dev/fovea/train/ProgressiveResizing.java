package dev.fovea.train;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Progressive resizing: training on smaller images first. Written {@code 24:50%} for 24 pixels in
 * the first half of the epochs, or {@code 128:40%,192:70%}; {@code none} for one size throughout.
 *
 * <p>Images are augmented at the network's input size and then resized. Evaluations and at least
 * the last epoch use the full size. The cost of a step is roughly proportional to the number of
 * pixels, so the first example saves at most 22 % of a run on 32 pixels. Sources: Howard, DAWNBench
 * entries of fast.ai, 2018; Tan and Le 2021, arXiv 2104.00298, section 4, who also use weaker
 * augmentation on smaller images.
 *
 * @param stages in order; after the last one, images have the network's input size
 */
public record ProgressiveResizing(List<Stage> stages) {
  /** No resizing: every epoch uses the network's input size. */
  public static final ProgressiveResizing NONE = new ProgressiveResizing(List.of());

  private static final Pattern STAGE =
      Pattern.compile("(\\d{1,5}):(\\d{1,2}(?:\\.\\d+)?|\\.\\d+)\\s*%");

  /**
   * A range of epochs with the same image size.
   *
   * @param side of the images in pixels
   * @param until where the stage ends, in percent of the epochs
   */
  public record Stage(int side, double until) {
    /** Checks the ranges. */
    public Stage {
      if (side < 1 || !(until > 0 && until < 100)) {
        throw new ConfigException(
            "network.progressive: a stage must have a side of at least 1 pixel and end between 0"
                + " and 100 % of the epochs, got "
                + side
                + " until "
                + until
                + " %");
      }
    }

    @Override
    public String toString() {
      String percent = BigDecimal.valueOf(until).stripTrailingZeros().toPlainString();
      return side + ":" + percent + "%";
    }
  }

  /** Copies the list and checks its order. */
  public ProgressiveResizing {
    stages = List.copyOf(stages);
    for (int i = 1; i < stages.size(); i++) {
      Stage before = stages.get(i - 1);
      if (stages.get(i).until <= before.until || stages.get(i).side <= before.side) {
        throw new ConfigException(
            "network.progressive: "
                + stages.get(i)
                + " must be larger and end later than the stage before it, "
                + before
                + "; write for example 128:40%,192:70%");
      }
    }
  }

  /**
   * Parses text such as {@code 128:40%,192:70%} or {@code none}.
   *
   * @throws ConfigException if the text is not a list of stages
   */
  public static ProgressiveResizing parse(String text) {
    String t = text.strip().toLowerCase(Locale.ROOT);
    List<Stage> stages = new ArrayList<>();
    for (String stage : t.isEmpty() || t.equals("none") ? new String[0] : t.split("[,\\s]+")) {
      Matcher m = STAGE.matcher(stage);
      if (!m.matches()) {
        throw new ConfigException(
            "network.progressive: cannot read '"
                + stage
                + "'; write for example 24:50% for 24 pixels in the first half of the epochs,"
                + " 128:40%,192:70%, or none");
      }
      stages.add(new Stage(Integer.parseInt(m.group(1)), Double.parseDouble(m.group(2))));
    }
    return new ProgressiveResizing(stages);
  }

  /** Rejects stages that are not smaller than the network's input. */
  void requireBelow(int last) {
    for (Stage s : stages) {
      if (s.side >= last) {
        throw new ConfigException(
            "network.progressive: "
                + s
                + " must be smaller than the "
                + last
                + " pixels of the network's input, which training ends with; write a smaller size,"
                + " set network.input to a larger one, or network.progressive to none");
      }
    }
  }

  /** Returns the first epoch of every size but the first, counted from 0. */
  List<Long> changes(long epochs) {
    return stages.stream().map(s -> end(s, epochs)).toList();
  }

  /** Whether there is more than one image size. */
  public boolean isOn() {
    return !stages.isEmpty();
  }

  /**
   * Returns the side of the training images in an epoch.
   *
   * @param epoch counted from 0
   * @param epochs of the run
   * @param last the side of the network's input
   */
  public int side(long epoch, long epochs, int last) {
    for (Stage s : stages) {
      if (epoch < end(s, epochs)) {
        return s.side;
      }
    }
    return last;
  }

  private static long end(Stage s, long epochs) {
    return Math.min(epochs - 1, Math.round(s.until / 100 * epochs));
  }

  /**
   * Returns the total cost of the epochs from {@code epoch} on.
   *
   * @param cost of an epoch, by the side of its images
   */
  public double cost(long epoch, long epochs, int last, IntToDoubleFunction cost) {
    double sum = 0;
    long from = epoch;
    for (Stage s : stages) {
      long count = Math.max(0, end(s, epochs) - from);
      sum += count * cost.applyAsDouble(s.side);
      from += count;
    }
    return sum + Math.max(0, epochs - from) * cost.applyAsDouble(last);
  }

  /** Returns the text that {@link #parse} reads. */
  @Override
  public String toString() {
    return stages.isEmpty()
        ? "none"
        : stages.stream().map(Stage::toString).collect(Collectors.joining(","));
  }
}
