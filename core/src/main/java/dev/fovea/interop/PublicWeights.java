package dev.fovea.interop;

import dev.fovea.data.image.Preprocessing;
import dev.fovea.models.ModelInfo;
import dev.fovea.models.Models;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file of weights that somebody published for a network of the list, as far as it is known here.
 * Fovea downloads nothing; this says what to fetch, and how to import it.
 *
 * @param network a name of {@link Models}
 * @param model what an import is told: the network, or a name of {@link PublishedWeights}
 * @param file its name where it is published
 * @param address where it is published
 * @param format of the file
 * @param facts what its publisher says of it
 */
public record PublicWeights(
    String network, String model, String file, String address, Format format, Facts facts) {

  /** A format of weight files. */
  public enum Format {
    /** A file written by {@code torch.save}. */
    PYTORCH("PyTorch"),
    /** A safetensors file, which holds nothing but numbers. */
    SAFETENSORS("safetensors");

    private final String text;

    Format(String text) {
      this.text = text;
    }

    /** Returns the name of the format. */
    public String text() {
      return text;
    }
  }

  /**
   * What is stated about a file. Texts are empty where nothing is known.
   *
   * @param size of the file, for example {@code 102 MB}
   * @param sha256 all 64 digits
   * @param licence as its publisher states it
   * @param top1 accuracy in percent
   * @param top5 accuracy in percent
   * @param preprocessing changes to the network's usual preprocessing, for an import
   * @param note a caveat
   */
  public record Facts(
      String size,
      String sha256,
      String licence,
      OptionalDouble top1,
      OptionalDouble top5,
      String preprocessing,
      String note) {

    static Facts of(String licence) {
      return new Facts("", "", licence, OptionalDouble.empty(), OptionalDouble.empty(), "", "");
    }

    Facts size(String known) {
      return new Facts(known, sha256, licence, top1, top5, preprocessing, note);
    }

    Facts sha256(String digits) {
      return new Facts(size, digits, licence, top1, top5, preprocessing, note);
    }

    Facts accuracy(double first, double firstFive) {
      return new Facts(
          size,
          sha256,
          licence,
          OptionalDouble.of(first),
          OptionalDouble.of(firstFive),
          preprocessing,
          note);
    }

    Facts accuracy(double first) {
      return new Facts(size, sha256, licence, OptionalDouble.of(first), top5, preprocessing, note);
    }

    Facts preprocessing(String changes) {
      return new Facts(size, sha256, licence, top1, top5, changes, note);
    }

    Facts note(String caveat) {
      return new Facts(size, sha256, licence, top1, top5, preprocessing, caveat);
    }
  }

  /** The first digits of its SHA-256 in a file's name, as torch.hub writes and checks them. */
  private static final Pattern DIGITS = Pattern.compile("-([0-9a-f]{8,64})\\.(?:pth|th)");

  private static final String TORCHVISION = "https://download.pytorch.org/models/";
  private static final String HUGGING_FACE = "https://huggingface.co/timm/";
  private static final String AKAMASTER = "https://github.com/akamaster/pytorch_resnet_cifar10";
  private static final String BSD3 = "BSD-3-Clause";
  private static final String BSD2 = "BSD-2-Clause";
  private static final String APACHE = "Apache-2.0";
  private static final String SECOND_RESIZE = "resize=232";
  private static final String NO_ACCURACY_OF_PORT =
      "torchvision's first weights in another format; the publisher's accuracy is not known here";

  private static final List<PublicWeights> ALL = all();

  /** Why there is nothing for some networks. */
  private static final Map<String, String> WHY =
      Map.of(
          "inception_v2",
          "the paper's own weights were not published, and nobody else's were found",
          "googlenet_paper",
          "the authors of Caffe published bvlc_googlenet.caffemodel, whose format cannot be"
              + " imported",
          "bn_inception_separable",
          "TensorFlow-Slim's inception_v2 is this network, in a format that cannot be imported",
          "resnet110",
          "akamaster's repository holds one, of which name and size are not known here",
          "resnet1202",
          "akamaster's repository holds one, of which name and size are not known here");

  /** Returns the files for a network, the usual one first; empty if none is known. */
  public static List<PublicWeights> of(String network) {
    return ALL.stream().filter(w -> w.network().equals(network)).toList();
  }

  /** Returns why no file is known for a network; the empty text if there is more to say of it. */
  public static String whyNone(String network) {
    return WHY.getOrDefault(network, "");
  }

  /** Returns the first digits of the SHA-256 that the file's name states; empty if it has none. */
  public String sha256Begins() {
    Matcher m = DIGITS.matcher(file);
    return m.find() ? Objects.requireNonNull(m.group(1)) : "";
  }

  /** Returns the preprocessing that an import of it stores. */
  public Preprocessing preprocessing() {
    ModelInfo info = Models.info(PublishedWeights.network(model));
    return KnownPreprocessing.parse(facts.preprocessing(), model, info.input());
  }

  private static List<PublicWeights> all() {
    List<PublicWeights> all = new ArrayList<>(cifar());
    all.addAll(residual());
    all.addAll(secondWeights());
    all.addAll(inception());
    all.addAll(others());
    return List.copyOf(all);
  }

  /** Accuracies are what Fovea measures with these files, which are the published ones. */
  private static List<PublicWeights> cifar() {
    return List.of(
        akamaster(
            "resnet20",
            "12fca82f0bebc4135bf1f32f6e3710e61d5108578464b84fd6d7f5c1b04036c8",
            "1,099,231 bytes",
            91.73),
        akamaster(
            "resnet32",
            "d509ac1820d7f25398913559d7e81a13229b1e7adc5648e3bfa5e22dc137f850",
            "1,890,043 bytes",
            92.63),
        akamaster(
            "resnet44",
            "014dd6541728a1c700b1642ab640e211dc6eb8ed507d70697458dc8f8a0ae2e4",
            "2,680,855 bytes",
            93.10),
        akamaster(
            "resnet56",
            "4bfd97631478d6b638d2764fd2baff3edb1d7d82252d54439343b6596b9b5367",
            "3,471,733 bytes",
            93.39));
  }

  private static PublicWeights akamaster(String network, String sha256, String size, double top1) {
    return new PublicWeights(
        network,
        network,
        network + "-" + sha256.substring(0, 8) + ".th",
        AKAMASTER,
        Format.PYTORCH,
        Facts.of(BSD2).sha256(sha256).size(size).accuracy(top1).note("trained on CIFAR-10"));
  }

  private static List<PublicWeights> residual() {
    return List.of(
        torchvision("resnet18", "f37072fd", Facts.of(BSD3).size("45 MB").accuracy(69.758, 89.078)),
        torchvision("resnet34", "b627a593", Facts.of(BSD3).accuracy(73.314, 91.420)),
        torchvision("resnet50", "0676ba61", Facts.of(BSD3).accuracy(76.130, 92.862)),
        torchvision("resnet101", "63fe2227", Facts.of(BSD3).accuracy(77.374, 93.546)),
        torchvision("resnet152", "394f9c45", Facts.of(BSD3).accuracy(78.312, 94.046)),
        torchvision(
            "wide_resnet50_2",
            "95faca4d",
            Facts.of(BSD3).size("131.8 MB").accuracy(78.468, 94.086).note("numbers are float16")),
        torchvision(
            "wide_resnet101_2",
            "32ee1156",
            Facts.of(BSD3).size("242.9 MB").accuracy(78.848, 94.284).note("numbers are float16")));
  }

  /** torchvision's second weights, trained longer with more augmentation. */
  private static List<PublicWeights> secondWeights() {
    return List.of(
        second("resnet50", "11ad3fa6", 80.858, 95.434),
        timm(
            "resnet50",
            "resnet50",
            "resnet50.tv_in1k",
            Facts.of(BSD3).size("102 MB").note(NO_ACCURACY_OF_PORT)),
        second("resnet101", "cd907fc2", 81.886, 95.780),
        second("resnet152", "f82ba261", 82.284, 96.002),
        second("wide_resnet50_2", "9ba9bcbe", 81.602, 95.758),
        second("wide_resnet101_2", "d733dc28", 82.510, 96.020));
  }

  private static PublicWeights second(String network, String digits, double top1, double top5) {
    return torchvision(
        network,
        digits,
        Facts.of(BSD3)
            .accuracy(top1, top5)
            .preprocessing(SECOND_RESIZE)
            .note("torchvision's second weights; trained longer, with more augmentation"));
  }

  private static List<PublicWeights> inception() {
    return List.of(
        torchvision(
            "googlenet",
            "1378be20",
            Facts.of(BSD3)
                .size("49.7 MB")
                .accuracy(69.778, 89.530)
                .note("ported from TensorFlow; its auxiliary classifiers were never trained")),
        new PublicWeights(
            "inception_v3",
            "inception_v3",
            "inception_v3_google-0cc3c7bd.pth",
            TORCHVISION + "inception_v3_google-0cc3c7bd.pth",
            Format.PYTORCH,
            Facts.of(BSD3)
                .accuracy(77.294, 93.450)
                .note("ported from TensorFlow, with its auxiliary classifier")),
        timm(
            "inception_v3",
            "inception_v3",
            "inception_v3.tv_in1k",
            Facts.of(APACHE).size("95.5 MB").accuracy(77.47, 93.47)),
        timm(
            "inception_v3",
            "inception_v3.tf_in1k",
            "inception_v3.tf_in1k",
            Facts.of(APACHE)
                .accuracy(77.87, 93.64)
                .note("TensorFlow's own weights; average pools do not count their padding")),
        cadene(
            "bn_inception-239d2248.pth",
            Facts.of(BSD3)
                .accuracy(73.524, 91.562)
                .note("the corrected file; its server has no encryption, and was away at times")),
        cadene(
            "bn_inception-52deb4733.pth",
            Facts.of(BSD3).note("the older file, whose batch norms have the shape [1, C]")));
  }

  private static PublicWeights cadene(String file, Facts facts) {
    return new PublicWeights(
        "bn_inception", "bn_inception", file, "http://data.lip6.fr/cadene/", Format.PYTORCH, facts);
  }

  private static List<PublicWeights> others() {
    return List.of(
        torchvision("vgg16", "397923af", Facts.of(BSD3)),
        torchvision("vgg16_bn", "6c64b313", Facts.of(BSD3).accuracy(73.36, 91.516)),
        torchvision("vgg19", "dcbb9e9d", Facts.of(BSD3).accuracy(72.376, 90.876)),
        torchvision("vgg19_bn", "c79401a0", Facts.of(BSD3).accuracy(74.218, 91.842)),
        timm("resnetv2_50", "resnetv2_50", "resnetv2_50.a1h_in1k", Facts.of(APACHE)),
        timm("resnetv2_101", "resnetv2_101", "resnetv2_101.a1h_in1k", Facts.of(APACHE)));
  }

  private static PublicWeights torchvision(String network, String digits, Facts facts) {
    String file = network + "-" + digits + ".pth";
    return new PublicWeights(network, network, file, TORCHVISION + file, Format.PYTORCH, facts);
  }

  private static PublicWeights timm(String network, String model, String name, Facts facts) {
    return new PublicWeights(
        network, model, "model.safetensors", HUGGING_FACE + name, Format.SAFETENSORS, facts);
  }
}
