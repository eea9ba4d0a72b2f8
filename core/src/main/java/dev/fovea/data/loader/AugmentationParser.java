package dev.fovea.data.loader;

import dev.fovea.data.augment.Augment;
import dev.fovea.data.augment.AugmentOptions;
import dev.fovea.data.augment.AugmentTable;
import dev.fovea.data.augment.OwnAugment;
import dev.fovea.data.image.DataException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Parses the words of an {@link Augmentation}, one by one. */
final class AugmentationParser {
  /** Presets in the order in which help lists them. */
  static final Map<String, String> PRESETS = presets();

  /** Batch-level words, with their options and defaults. */
  private static final List<String> BATCH_WORDS =
      List.of("mixup(alpha=0.2)", "cutmix(alpha=1)", "mixing(p=1,switch=0.5)");

  private static final Pattern WORD = Pattern.compile("([a-z0-9-]+)(?:\\((.*)\\))?");

  private static final Pattern OWN = Pattern.compile("own\\(([^()]+)\\)");

  private final Map<String, OwnAugment> own;
  private final int height;
  private final int width;
  private final List<Augment> augments = new ArrayList<>();
  private Mixing mixing = Mixing.NONE;

  /**
   * Creates a parser.
   *
   * @param own what the words {@code own(NAME)} mean, by name
   */
  AugmentationParser(int height, int width, Map<String, OwnAugment> own) {
    this.own = own;
    this.height = height;
    this.width = width;
  }

  private static Map<String, String> presets() {
    Map<String, String> p = new LinkedHashMap<>();
    // He et al. 2015, section 4.2.
    p.put("cifar", "pad-crop flip");
    // Zagoruyko and Komodakis 2016.
    p.put("cifar-reflect", "pad-crop(padding=reflect) flip");
    p.put(
        "cifar-modern",
        "pad-crop flip rand-augment(n=2,m=9) erasing(p=0.25) mixup(alpha=0.2) cutmix(alpha=1)");
    // torchvision's first recipe.
    p.put("imagenet", "resized-crop flip");
    // Krizhevsky et al. 2012 as He et al. 2015, section 3.4, use it.
    p.put("resnet-paper", "scale-crop flip lighting");
    // fb.resnet.torch.
    p.put("resnet-torch", "resized-crop(filter=bicubic) jitter lighting flip");
    // Szegedy et al. 2014, section 6.
    p.put("inception", "resized-crop(filter=random) flip photometric");
    // tensorflow/models, inception/image_processing.py.
    p.put("inception-v3", "inception-crop flip photometric");
    // torchvision's second recipe, with RandAugment.
    p.put(
        "modern",
        "resized-crop flip rand-augment(n=2,m=9) erasing(p=0.1) mixup(alpha=0.2) cutmix(alpha=1)");
    return Collections.unmodifiableMap(p);
  }

  List<Augment> augments() {
    return augments;
  }

  Mixing mixing() {
    return mixing;
  }

  void read(String word) {
    String bare = word.strip();
    if (PRESETS.containsKey(bare)) {
      for (String part : Objects.requireNonNull(PRESETS.get(bare)).split(" ")) {
        read(part);
      }
      return;
    }
    Matcher brought = OWN.matcher(bare);
    if (brought.matches()) {
      augments.add(Optional.ofNullable(own.get(brought.group(1))).orElseThrow(() -> missing(bare)));
      return;
    }
    Matcher m = WORD.matcher(bare);
    if (!m.matches()) {
      throw new DataException(
          "data.augment: cannot parse '" + word + "'; expected a word such as cutout(side=8)");
    }
    if (PRESETS.containsKey(m.group(1))) {
      throw new DataException(
          "data.augment: '"
              + word
              + "': presets take no options; write its words instead: "
              + PRESETS.get(m.group(1)));
    }
    String name = m.group(1);
    AugmentOptions options = new AugmentOptions(bare, m.group(2));
    switch (name) {
      case "none" -> {
        // Explicitly no augmentation.
      }
      case "mixup" -> mix(options.number("alpha", 0.2), mixing.cutmix());
      case "cutmix" -> mix(mixing.mixup(), options.number("alpha", 1));
      case "mixing" ->
          mixing =
              new Mixing(
                  mixing.mixup(),
                  mixing.cutmix(),
                  options.number("p", 1),
                  options.number("switch", 0.5));
      default ->
          augments.add(
              AugmentTable.parse(name, options, height, width).orElseThrow(() -> unknown(name)));
    }
    options.end();
  }

  private static DataException missing(String word) {
    return new DataException(
        "data.augment: '"
            + word
            + "' is an augmentation of the program that started the run; continue the run from that"
            + " program, which passes it again");
  }

  private static DataException unknown(String name) {
    return new DataException(
        "data.augment: unknown word '"
            + name
            + "'; expected one of the presets "
            + String.join(", ", PRESETS.keySet())
            + ", or of none, "
            + String.join(", ", AugmentTable.names())
            + ", mixup, cutmix, mixing");
  }

  /** All words other than presets, with their options and defaults, as help lists them. */
  static List<String> usages() {
    List<String> all = new ArrayList<>(List.of("none"));
    all.addAll(AugmentTable.usages());
    all.addAll(BATCH_WORDS);
    return List.copyOf(all);
  }

  private void mix(double mixup, double cutmix) {
    mixing = new Mixing(mixup, cutmix, mixing.probability(), mixing.switching());
  }
}
