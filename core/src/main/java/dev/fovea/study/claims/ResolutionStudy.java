package dev.fovea.study.claims;

import dev.fovea.graph.Cost;
import dev.fovea.models.Models;
import dev.fovea.study.Arm;
import dev.fovea.study.Claim;
import dev.fovea.study.Conclusion;
import dev.fovea.study.Criterion;
import dev.fovea.study.Grid;
import dev.fovea.study.Plot;
import dev.fovea.study.Scale;
import dev.fovea.study.Study;
import dev.fovea.study.StudyData;
import dev.fovea.tensor.Decimals;
import dev.fovea.tensor.Shape;
import dev.fovea.train.RunConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;

/**
 * Images of lower resolution at equal cost: the first layers reduce the grid by as much less as the
 * images are smaller.
 */
final class ResolutionStudy implements Study {
  private static final String WHOLE = "whole resolution";
  private static final String HALF = "half";
  private static final String QUARTER = "a quarter";
  private static final String CHEAP = "a quarter, unchanged network";
  private static final List<String> EQUAL = List.of(WHOLE, HALF, QUARTER);
  private static final List<String> ALL = List.of(WHOLE, HALF, QUARTER, CHEAP);

  private static final String REDUCING = "stem_stride=2,stem_pool=max";
  private static final String POOLING = "stem_stride=1,stem_pool=max";
  private static final String KEEPING = "stem_stride=1,stem_pool=none";

  /** The largest side of images at quick length. */
  private static final int PHOTO = 128;

  private static final int SMALL = 32;

  @Override
  public String name() {
    return "resolution";
  }

  @Override
  public Claim claim() {
    return new Claim(
        "Lower resolution at equal cost",
        "A network for images of a half or a quarter of the resolution is almost as accurate, if"
            + " its first layers are changed so that it costs as much; reducing the network with"
            + " the images is much worse.",
        "Szegedy et al. 2015, arXiv 1512.00567, section 9 with Table 2");
  }

  @Override
  public List<String> setup(Scale scale) {
    String stem =
        "At the whole resolution the first convolution has stride 2 and a pool follows it; at half"
            + " it has stride 1, at a quarter there is no pool either. So the modules work on the"
            + " same grids and cost the same; the table shows the costs. The fourth network is the"
            + " first, unchanged, on images of a quarter of the resolution, at about a sixteenth of"
            + " the cost.";
    return scale == Scale.FULL
        ? List.of(
            stem,
            "Inception-v3 for 299, 151 and 79 pixels, trained as in section 8. Its first layers are"
                + " three 3x3 convolutions before the pool, as released. At 79 pixels they work on"
                + " 75x75 cells in place of 147x147, which makes this network 8 % cheaper.")
        : List.of(
            stem,
            "A small Inception-v3 at an eighth of the width, with a one-cycle schedule. Images"
                + " whose shorter side has 128 pixels or more are taken at 128, 64 and 32 pixels,"
                + " smaller ones at 32, 16 and 8: in the paper the lowest resolution is 79.",
            "Photographs are trained on random parts of at least a quarter of the image and their"
                + " mirror images, small images on shifted copies and mirror images; every network"
                + " on the same, shrunk to its size.");
  }

  @Override
  public List<Criterion> criteria() {
    return List.of(
        Criterion.atLeast(
            "half",
            -1,
            "points",
            "half the resolution costs little accuracy",
            "76.6 % at 299, 76.4 % at 151 pixels: -0.2 points"),
        Criterion.atLeast(
            "quarter",
            -3,
            "points",
            "a quarter of the resolution costs little more",
            "76.6 % at 299, 75.2 % at 79 pixels: -1.4 points"),
        Criterion.atLeast(
            "unchanged-network",
            2,
            "points",
            "at a quarter, the network of equal cost is more accurate than the unchanged one",
            "reduced naively, a network would perform much more poorly; no number"));
  }

  @Override
  public int seeds(Scale scale) {
    return scale == Scale.QUICK ? 2 : 3;
  }

  // Photographs have detail to lose; images of CIFAR-10 have lost most of it already.
  @Override
  public String usualData() {
    return "imagenette-mini.zip";
  }

  @Override
  public List<Arm> arms(Scale scale) {
    return scale == Scale.FULL ? full() : photos();
  }

  @Override
  public List<Arm> arms(Scale scale, IntSupplier shorterSide) {
    boolean small = scale == Scale.QUICK && shorterSide.getAsInt() < PHOTO;
    return small ? smallImages() : arms(scale);
  }

  private static List<Arm> full() {
    return List.of(
        paper(WHOLE, 299, REDUCING),
        paper(HALF, 151, POOLING),
        paper(QUARTER, 79, KEEPING),
        paper(CHEAP, 79, REDUCING));
  }

  private static Arm paper(String name, int side, String options) {
    RunConfig config = StudyConfigs.inception("inception_v3(" + options + ",aux=false)");
    return arm(name, side, config.withAugment("imagenet"));
  }

  private static List<Arm> photos() {
    return List.of(
        photo(WHOLE, PHOTO, REDUCING),
        photo(HALF, PHOTO / 2, POOLING),
        photo(QUARTER, PHOTO / 4, KEEPING),
        photo(CHEAP, PHOTO / 4, REDUCING));
  }

  private static Arm photo(String name, int side, String options) {
    RunConfig config = StudyConfigs.smallInception(Scale.QUICK, options);
    return arm(name, side, config.withAugment("resized-crop(area=0.25)", "flip"));
  }

  private static List<Arm> smallImages() {
    return List.of(
        smallImage(WHOLE, SMALL, REDUCING),
        smallImage(HALF, SMALL / 2, POOLING),
        smallImage(QUARTER, SMALL / 4, KEEPING),
        smallImage(CHEAP, SMALL / 4, REDUCING));
  }

  private static Arm smallImage(String name, int side, String options) {
    RunConfig config = StudyConfigs.smallInception(Scale.QUICK, options);
    // Shifts of up to an eighth of the image, as by 4 of 32 pixels.
    return arm(name, side, config.withAugment("pad-crop(pad=" + side / 8 + ")", "flip"));
  }

  private static Arm arm(String name, int side, RunConfig config) {
    return Arm.of(name, config.with(config.network().withInput(side)));
  }

  @Override
  public Conclusion conclude(StudyData data) {
    Map<String, Double> measured = new LinkedHashMap<>();
    measured.put("half", data.gain(HALF, WHOLE));
    measured.put("quarter", data.gain(QUARTER, WHOLE));
    measured.put("unchanged-network", data.gain(QUARTER, CHEAP));
    return new Conclusion(
        measured,
        List.of(
            new Plot(
                "Accuracy by resolution at equal cost",
                "side of the images (pixels)",
                "top-1 on new images (%)",
                Plot.Kind.DOTS,
                true,
                ALL.stream().map(a -> data.dots(a, data.config(a).network().input())).toList(),
                List.of()),
            data.accuracies(ALL)),
        List.of(costs(data), data.table("All runs", ALL)),
        List.of(data.seedNote(EQUAL), data.learnedNote()));
  }

  private static Grid costs(StudyData data) {
    double whole = multiplyAdds(data.config(WHOLE));
    return new Grid(
        "Table 2",
        List.of(
            "network",
            "side (pixels)",
            "first layers",
            "multiply-adds (M)",
            "cost",
            "accuracy",
            "the paper's"),
        ALL.stream()
            .map(
                a ->
                    List.of(
                        a,
                        Integer.toString(data.config(a).network().input()),
                        firstLayers(data.config(a).network().model()),
                        Decimals.format("%.1f", multiplyAdds(data.config(a)) / 1e6),
                        Decimals.format("%.3f times", multiplyAdds(data.config(a)) / whole),
                        StudyData.percent(data.accuracy(a)),
                        switch (a) {
                          case WHOLE -> "76.6 %, 299 pixels";
                          case HALF -> "76.4 %, 151 pixels";
                          case QUARTER -> "75.2 %, 79 pixels";
                          default -> "";
                        }))
            .toList());
  }

  private static String firstLayers(String model) {
    if (model.contains(KEEPING)) {
      return "stride 1, no pool";
    }
    return model.contains(POOLING) ? "stride 1, pool" : "stride 2, pool";
  }

  /** Returns the multiply-adds for one image of the configuration's size. */
  static double multiplyAdds(RunConfig config) {
    int side = config.network().input();
    return Cost.of(Models.graph(config.network().model(), 10, Shape.of(3, side, side)))
        .multiplyAdds();
  }
}
